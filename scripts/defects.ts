/** Writes docs/defects.md from the catalogue of defects. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { listDefects } from '../src/app/defects.ts';
import { defectsPage } from './defects-page.ts';

const { data } = await listDefects();
writeFileSync('docs/defects.md', defectsPage(data));
execFileSync('npx', ['oxfmt', 'docs/defects.md'], { stdio: 'inherit' });
