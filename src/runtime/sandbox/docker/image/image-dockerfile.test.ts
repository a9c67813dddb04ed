import { describe, expect, it } from 'vitest';
import { archiveDockerfileOf, dockerfileOf, importSettings } from './image-dockerfile.ts';

describe('the Dockerfile', () => {
  it('puts the program on the base, for a user without rights, and runs nothing', () => {
    expect(dockerfileOf('mirror.example/node:24')).toBe(`FROM mirror.example/node:24
COPY --chown=0:0 opt/fintech /opt/fintech
COPY --chown=65532:65532 data /data
COPY --chown=0:0 workspace /workspace
ENV HOME=/tmp
WORKDIR /workspace
USER 65532:65532
ENTRYPOINT ["node","/opt/fintech/bin/fintech.js"]
`);
  });

  it('may take all from one archive, which brings owners and modes', () => {
    expect(archiveDockerfileOf('node:24-slim', 'fintech.tar')).toBe(`FROM node:24-slim
ADD fintech.tar /
ENV HOME=/tmp
WORKDIR /workspace
USER 65532:65532
ENTRYPOINT ["node","/opt/fintech/bin/fintech.js"]
`);
  });
});

describe('the settings of an image made from nothing', () => {
  it('name the program and leave the loader to its own folders', () => {
    expect(importSettings([])).toEqual([
      'ENV PATH=/usr/local/bin:/usr/bin:/bin',
      'ENV HOME=/tmp',
      'WORKDIR /workspace',
      'USER 65532:65532',
      'ENTRYPOINT ["/usr/local/bin/node","/opt/fintech/bin/fintech.js"]',
    ]);
  });

  it('tell the loader of folders it does not know', () => {
    expect(importSettings(['/nix/store/a/lib', '/opt/b'])).toContain(
      'ENV LD_LIBRARY_PATH=/nix/store/a/lib:/opt/b',
    );
  });
});
