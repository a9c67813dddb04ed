import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { patternsOf, publicType } from '../src/domain/event-pattern.ts';
import { isPublicAddress } from '../src/domain/public-address.ts';
import { LONGEST_TARGET, targetFault } from '../src/domain/target.ts';

const anywhere = { publicOnly: false };
const publicOnly = { publicOnly: true };

describe('a target', () => {
  it('is http or https', () => {
    for (const url of ['http://127.0.0.1:9000/hooks', 'https://example.com/a?b=c']) {
      assert.equal(targetFault(url, anywhere), undefined);
    }
    const wrong = [
      'ftp://example.com',
      'file:///etc/passwd',
      'javascript:1',
      '/hooks',
      '',
      'http://',
    ];
    for (const url of wrong) assert.notEqual(targetFault(url, anywhere), undefined, url);
  });

  it('holds no credentials, and the refusal does not repeat them', () => {
    for (const url of ['https://user:hunter2@example.com', 'https://hunter2@example.com']) {
      const fault = targetFault(url, anywhere);
      assert.match(String(fault), /credentials/);
      assert.doesNotMatch(String(fault), /hunter2/);
    }
  });

  it('is at most 2048 characters long, without a fragment', () => {
    const url = 'https://example.com/'.padEnd(LONGEST_TARGET, 'x');
    assert.equal(targetFault(url, anywhere), undefined);
    assert.match(String(targetFault(`${url}x`, anywhere)), /longer/);
    assert.match(String(targetFault('https://example.com/#a', anywhere)), /fragment/);
  });

  it('is https and public in production, however its address is written', () => {
    assert.equal(targetFault('https://example.com/hooks', publicOnly), undefined);
    assert.equal(targetFault('https://93.184.216.34', publicOnly), undefined);
    assert.match(String(targetFault('http://example.com', publicOnly)), /https/);
    const hosts = ['127.0.0.1', '2130706433', '0x7f.1', '017700000001', '10.1.2.3', '[::1]'];
    for (const host of [...hosts, '[::ffff:127.0.0.1]', '[::ffff:a00:1]', '169.254.169.254']) {
      assert.match(String(targetFault(`https://${host}/`, publicOnly)), /not public/, host);
    }
  });
});

describe('an address', () => {
  const closed = [
    ['this network', '0.0.0.0', '0.255.255.255'],
    ['private', '10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.1'],
    ['shared by carriers', '100.64.0.0', '100.127.255.255'],
    ['loopback', '127.0.0.1', '127.255.255.255', '::1'],
    ['link-local', '169.254.0.1', 'fe80::1', 'febf::1'],
    ['metadata of clouds', '169.254.169.254', '168.63.129.16', 'fd00:ec2::254'],
    ['multicast and reserved', '224.0.0.1', '240.0.0.1', '255.255.255.255', 'ff02::1'],
    ['documentation and tests', '192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1'],
    ['unspecified', '::'],
    ['unique local', 'fc00::1', 'fdff::1'],
    ['IPv4 in IPv6', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::127.0.0.1', '64:ff9b::7f00:1'],
    ['tunnels', '2002:7f00:1::', '2001::1', '2001:0:7f00:1::'],
    ['documentation', '2001:db8::1', '3fff::1'],
    ['no address', 'localhost', '', '1.2.3', '1.2.3.4.5'],
  ] as const;
  for (const [name, ...addresses] of closed) {
    it(`is not public: ${name}`, () => {
      for (const address of addresses) assert.equal(isPublicAddress(address), false, address);
    });
  }

  it('is public everywhere else, up to the edges of what is not', () => {
    const open = ['1.1.1.1', '9.255.255.255', '11.0.0.0', '172.15.255.255', '172.32.0.0'];
    const more = [
      '100.63.255.255',
      '100.128.0.0',
      '126.255.255.255',
      '128.0.0.1',
      '223.255.255.255',
    ];
    const six = ['2606:4700::1111', '2a00:1450::1', '2001:4860:4860::8888', '2003::1'];
    for (const address of [...open, ...more, ...six]) {
      assert.equal(isPublicAddress(address), true, address);
    }
  });
});

describe('a type', () => {
  it('is told without its workspace and version', () => {
    assert.equal(publicType('acme.payments.captured.v1', 'acme'), 'payments.captured');
    assert.equal(publicType('acme.payments.captured.v12', 'acme'), 'payments.captured');
    assert.equal(publicType('com.other.payments.captured', 'acme'), 'com.other.payments.captured');
    assert.equal(publicType('acmetronic.paid', 'acme'), 'acmetronic.paid');
  });

  it('matches itself, and patterns with a star for a segment', () => {
    const patterns = ['payments.captured', 'payments.*', '*.captured', '*.*'];
    assert.deepEqual(new Set(patternsOf('payments.captured')), new Set(patterns));
    assert.equal(patternsOf('payments.captured').includes('*'), false);
    assert.equal(patternsOf('a.b.c').length, 8);
  });

  it('of more than six segments matches nothing', () => {
    assert.equal(patternsOf('a.b.c.d.e.f').length, 64);
    assert.deepEqual(patternsOf('a.b.c.d.e.f.g'), []);
  });
});
