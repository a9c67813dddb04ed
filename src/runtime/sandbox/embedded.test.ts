import { driverConformance } from './driver.conformance.ts';
import { embeddedDriver } from './embedded.ts';

driverConformance('embedded', embeddedDriver);
