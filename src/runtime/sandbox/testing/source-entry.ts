/** The program run from its source: what service runners start in tests that need no build. */
import { main } from '../../../main.ts';

await main();
