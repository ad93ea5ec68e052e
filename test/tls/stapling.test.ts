import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cursor } from '../../src/bytes/cursor.js';
import { judgeConnection } from '../../src/checks/tls/verdict.js';
import { HandshakeType, parseHandshake } from '../../src/tls/handshake/messages.js';
import { CertificateStore } from '../../src/x509/store.js';
import { hasOpenssl } from '../support/peers.js';
import { NOW } from '../x509/chains/case.js';
import { anchor, DAY, leaf, ocspResponse, revoked, user } from '../x509/chains/make-ocsp.js';
import { pem } from '../x509/make.js';
import { keys, TestKeyLog } from './support/keys.js';
import { converse, OpensslServer, Workshop } from './support/openssl.js';
import { run } from './support/run.js';

describe('CertificateStatus', () => {
  const parse = (...octets: readonly number[]) =>
    parseHandshake(HandshakeType.certificateStatus, new Cursor(Uint8Array.from(octets)), {
      version: 0x0303,
      keyExchange: undefined,
    });

  it.each<[string, readonly number[], readonly number[][]]>([
    ['one response', [1, 0, 0, 2, 0xaa, 0xbb], [[0xaa, 0xbb]]],
    ['an empty response', [1, 0, 0, 0], []],
    ['one for each certificate, the second empty', [2, 0, 0, 8, 0, 0, 2, 1, 2, 0, 0, 0], [[1, 2]]],
    ['a type that is not known', [9, 0, 0, 1, 7], []],
  ])('of %s', (_, octets, responses) => {
    const message = parse(...octets);
    if (message.kind !== 'certificate_status') throw new Error(message.kind);
    expect(message.ocspResponses.map((one) => [...one])).toEqual(responses);
  });

  it('that is cut short', () => {
    expect(parse(1, 0, 0, 9, 1)).toMatchObject({ malformed: true, ocspResponses: [] });
  });
});

describe.skipIf(!hasOpenssl)('a response that OpenSSL staples', () => {
  const shop = new Workshop();
  const servers: OpensslServer[] = [];
  const log = shop.path('keys.log');
  const states = { good: {}, revoked: { status: revoked(NOW - DAY, 4) } } as const;
  const ports = new Map<string, number>();
  beforeAll(async () => {
    const key = shop.write('key.pem', user.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
    const certificate = shop.write('leaf.pem', pem(leaf));
    for (const [state, recipe] of Object.entries(states)) {
      writeFileSync(shop.path(state), ocspResponse(recipe));
      const own = ['-key', key, '-cert', certificate, '-keylogfile', log];
      const server = await OpensslServer.start([...own, '-status_file', shop.path(state)]);
      servers.push(server);
      ports.set(state, server.port);
    }
  });
  afterAll(() => {
    for (const server of servers) server.stop();
    shop.dispose();
  });

  it.each([
    ['-tls1_2', 'good', 'valid', 'good'],
    ['-tls1_2', 'revoked', 'revoked', 'revoked'],
    ['-tls1_3', 'good', 'valid', 'good'],
    ['-tls1_3', 'revoked', 'revoked', 'revoked'],
  ] as const)('in %s, %s: its chain is %s', async (version, state, status, revocation) => {
    const { flights } = await converse(ports.get(state) ?? 0, [version, '-status']);
    const { connection } = run(flights, keys([], new TestKeyLog(shop.read('keys.log'))));
    expect(connection.ocspResponses).toHaveLength(1);
    const verdict = judgeConnection(connection, {
      anchors: new CertificateStore([anchor]),
      others: new CertificateStore(),
      atSeconds: NOW,
    });
    expect(verdict.chain).toMatchObject({ status, revocation: { status: revocation } });
  });

  it('is asked for by the client', async () => {
    const { flights } = await converse(ports.get('good') ?? 0, ['-tls1_2']);
    expect(run(flights, keys([])).connection.ocspResponses).toEqual([]);
  });
});
