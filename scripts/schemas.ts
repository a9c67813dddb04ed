/** Writes the published JSON Schemas from the ones the program uses. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { VERBS } from '../src/commands/catalogue.ts';
import { configSchema } from '../src/model/config-schema.ts';
import { envelopeSchema } from '../src/output/envelope-schema.ts';

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

mkdirSync('schema', { recursive: true });
write('fintech', configSchema);
write('envelope', envelopeSchema);
for (const { path, load } of VERBS) {
  const { verb } = await load();
  if (verb.dataSchema === null) continue;
  const title = `data of \`fintech ${path} --json\``;
  write(path.replace(' ', '-'), { $schema: DRAFT, title, ...verb.dataSchema });
}

function write(name: string, schema: object): void {
  writeFileSync(`schema/${name}.schema.json`, `${JSON.stringify(schema, null, 2)}\n`);
}
