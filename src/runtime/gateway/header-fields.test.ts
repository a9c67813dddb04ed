import { describe, expect, it } from 'vitest';
import {
  downstreamFields,
  endToEndFields,
  trailerFields,
  upstreamFields,
} from './header-fields.ts';
import type { TraceContext } from './trace-context.ts';

const trace: TraceContext = { traceId: 't', traceparent: 'tp', continued: true };
const from = { peer: '10.0.0.1', host: 'h:80', trace, takesTrailers: false };
const ADDED = [
  'via',
  '1.1 fintech',
  'x-forwarded-for',
  '10.0.0.1',
  'x-forwarded-host',
  'h:80',
  'x-forwarded-proto',
  'http',
  'forwarded',
  'for=10.0.0.1;host="h:80";proto=http',
  'traceparent',
  'tp',
];

describe('end-to-end fields', () => {
  it('keep order, case and repetition', () => {
    const fields = ['X-B', '1', 'x-a', '2', 'X-B', '3', 'Cookie', ''];
    expect(endToEndFields(fields)).toEqual(fields);
  });

  it('are without those for one connection, and those Connection names', () => {
    const hop = [
      'Connection',
      'close, X-Named',
      'CONNECTION',
      ' x_other ,,',
      'Keep-Alive',
      '1',
      'Proxy-Connection',
      'x',
      'Proxy-Authenticate',
      'x',
      'Proxy-Authorization',
      'x',
      'TE',
      'gzip',
      'Transfer-Encoding',
      'chunked',
      'Transfer_Encoding',
      'chunked',
      'Upgrade',
      'h2c',
      'x-named',
      '1',
      'X-Other',
      '2',
    ];
    expect(endToEndFields([...hop, 'X-Stays', 'y'])).toEqual(['X-Stays', 'y']);
  });
});

describe('fields for the upstream', () => {
  it('tell who asked, and nothing a client said of that', () => {
    const spoofed = [
      'X-Forwarded-For',
      'evil',
      'x_forwarded_host',
      'evil',
      'X-Forwarded-Anything',
      'evil',
      'Forwarded',
      'for=evil',
      'Client-Cert',
      ':x:',
      'Client-Cert-Chain',
      ':x:',
      'Client_Cert',
      ':x:',
      'X-Real-IP',
      'evil',
      'Host',
      'h:80',
      'Traceparent',
      'evil',
      'Expect',
      '100-continue',
      'Trailer',
      'x',
    ];
    expect(upstreamFields([...spoofed, 'Authorization', 'Bearer x'], from)).toEqual([
      'Authorization',
      'Bearer x',
      ...ADDED,
    ]);
  });

  it('keep tracestate only with the trace it belongs to', () => {
    const fields = ['tracestate', 'a=b'];
    expect(upstreamFields(fields, from)).toContain('tracestate');
    const started = { ...from, trace: { ...trace, continued: false } };
    expect(upstreamFields(fields, started)).not.toContain('tracestate');
  });

  it('bracket an IPv6 address, and say when trailers are taken', () => {
    const fields = upstreamFields([], { ...from, peer: '::1', takesTrailers: true });
    expect(fields).toContain('for="[::1]";host="h:80";proto=http');
    expect(fields.slice(-2)).toEqual(['te', 'trailers']);
  });

  it('add to a Via that is there', () => {
    expect(upstreamFields(['Via', '1.0 before'], from)).toEqual(['Via', '1.0 before', ...ADDED]);
  });
});

describe('fields for the client', () => {
  it('are the end-to-end ones and Via', () => {
    const raw = [
      'Connection',
      'x',
      'X',
      '1',
      'Set-Cookie',
      'a',
      'Set-Cookie',
      'b',
      'Upgrade',
      'h2c',
    ];
    const kept = ['Set-Cookie', 'a', 'Set-Cookie', 'b', 'via', '1.1 fintech'];
    expect(downstreamFields(raw, 200)).toEqual(kept);
  });

  it('hold no length with 204, but do with 304', () => {
    expect(downstreamFields(['Content-Length', '5'], 204)).toEqual(['via', '1.1 fintech']);
    expect(downstreamFields(['Content-Length', '5'], 304)).toContain('Content-Length');
  });

  it('end with trailers, but none that frame or route', () => {
    const raw = ['X-Sum', '1', 'Content-Length', '5', 'Transfer-Encoding', 'x', 'Set-Cookie', 'a'];
    expect(trailerFields(raw)).toEqual([['X-Sum', '1']]);
  });
});
