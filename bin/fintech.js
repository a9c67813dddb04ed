#!/usr/bin/env node
const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(
    `fintech needs Node 24 or newer and this is Node ${process.versions.node}: install it, or run \`npm install node@24\` beside fintech and start it with npx.\n`,
  );
  process.exitCode = 5;
} else {
  // Warnings about our dependencies are for us, not for whoever runs this.
  process.noDeprecation = true;
  const { main } = await import('../dist/main.js');
  await main();
}
