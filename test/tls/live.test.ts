import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SessionCache } from '../../src/tls/keys/session-cache.js';
import { hasOpenssl } from '../support/peers.js';
import { keys, privateKeyFile, TestKeyLog } from './support/keys.js';
import { converse, OpensslServer, Workshop } from './support/openssl.js';
import { run } from './support/run.js';

const ALL = ['-cipher', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0'];

/** OpenSSL's names of the RSA suites it speaks, from which version on, and the registry's. */
const SUITES: readonly (readonly [string, number, string])[] = [
  ['NULL-MD5', 0x0301, 'TLS_RSA_WITH_NULL_MD5'],
  ['NULL-SHA', 0x0301, 'TLS_RSA_WITH_NULL_SHA'],
  ['AES128-SHA', 0x0301, 'TLS_RSA_WITH_AES_128_CBC_SHA'],
  ['AES256-SHA', 0x0301, 'TLS_RSA_WITH_AES_256_CBC_SHA'],
  ['CAMELLIA128-SHA', 0x0301, 'TLS_RSA_WITH_CAMELLIA_128_CBC_SHA'],
  ['CAMELLIA256-SHA', 0x0301, 'TLS_RSA_WITH_CAMELLIA_256_CBC_SHA'],
  ['NULL-SHA256', 0x0303, 'TLS_RSA_WITH_NULL_SHA256'],
  ['AES128-SHA256', 0x0303, 'TLS_RSA_WITH_AES_128_CBC_SHA256'],
  ['AES256-SHA256', 0x0303, 'TLS_RSA_WITH_AES_256_CBC_SHA256'],
  ['CAMELLIA128-SHA256', 0x0303, 'TLS_RSA_WITH_CAMELLIA_128_CBC_SHA256'],
  ['CAMELLIA256-SHA256', 0x0303, 'TLS_RSA_WITH_CAMELLIA_256_CBC_SHA256'],
  ['AES128-GCM-SHA256', 0x0303, 'TLS_RSA_WITH_AES_128_GCM_SHA256'],
  ['AES256-GCM-SHA384', 0x0303, 'TLS_RSA_WITH_AES_256_GCM_SHA384'],
  ['AES128-CCM', 0x0303, 'TLS_RSA_WITH_AES_128_CCM'],
  ['AES256-CCM', 0x0303, 'TLS_RSA_WITH_AES_256_CCM'],
  ['AES128-CCM8', 0x0303, 'TLS_RSA_WITH_AES_128_CCM_8'],
  ['AES256-CCM8', 0x0303, 'TLS_RSA_WITH_AES_256_CCM_8'],
  ['ARIA128-GCM-SHA256', 0x0303, 'TLS_RSA_WITH_ARIA_128_GCM_SHA256'],
  ['ARIA256-GCM-SHA384', 0x0303, 'TLS_RSA_WITH_ARIA_256_GCM_SHA384'],
];
const VERSIONS = [
  [0x0301, '-tls1', 'TLS 1.0'],
  [0x0302, '-tls1_1', 'TLS 1.1'],
  [0x0303, '-tls1_2', 'TLS 1.2'],
] as const;

const lines = ['hello', 'a line that is somewhat longer than one block of the cipher', 'x'];
const sent = Buffer.from(`${[...lines, 'CLOSE'].join('\n')}\n`);
const answered = Buffer.from(`${lines.map((line) => [...line].reverse().join('')).join('\n')}\n`);

describe.skipIf(!hasOpenssl)('handshakes of OpenSSL', () => {
  const shop = new Workshop();
  const servers: OpensslServer[] = [];
  let plainServer: OpensslServer;
  let bareServer: OpensslServer;
  let clientAuthServer: OpensslServer;
  let clientFiles: { key: string; certificate: string };
  let log = '';
  /** Environment that switches encrypt-then-MAC and the extended master secret off. */
  let bare: NodeJS.ProcessEnv;
  const start = async (args: readonly string[], environment: NodeJS.ProcessEnv = {}, silent = false) => {
    const server = await OpensslServer.start(args, environment, silent);
    servers.push(server);
    return server;
  };
  const rsa = () => privateKeyFile(shop.path('server.key'), 'server.key');

  beforeAll(async () => {
    const server = shop.certificate('server');
    clientFiles = shop.certificate('client');
    const config = shop.write(
      'bare.cnf',
      `openssl_conf = conf\n[conf]\nssl_conf = ssl\n[ssl]\nsystem_default = default\n[default]\nOptions = -EncryptThenMac,-ExtendedMasterSecret\n`,
    );
    bare = { OPENSSL_CONF: config };
    log = shop.path('keys.log');
    const own = ['-key', server.key, '-cert', server.certificate, ...ALL];
    plainServer = await start([...own, '-keylogfile', log]);
    bareServer = await start([...own, '-keylogfile', shop.path('bare.log')], bare);
    clientAuthServer = await start([
      ...own,
      '-Verify',
      '1',
      '-legacy_renegotiation',
      '-client_renegotiation',
    ]);
  });
  afterAll(() => {
    for (const server of servers) server.stop();
    shop.dispose();
  });

  for (const [version, option, versionName] of VERSIONS) {
    it(`${versionName}: every RSA suite, with and without encrypt-then-MAC and extended master secret`, async () => {
      for (const [suite, least, name] of SUITES) {
        if (version < least) continue;
        const talk = (extended: boolean) =>
          converse(
            (extended ? plainServer : bareServer).port,
            [option, '-cipher', `${suite}:@SECLEVEL=0`],
            lines,
            extended ? {} : bare,
          );
        const conversations = await Promise.all([talk(true), talk(false)]);
        for (const [index, { flights, output }] of conversations.entries()) {
          const extended = index === 0;
          const { connection, plaintext } = run(flights, keys([rsa()]));
          const what = `${versionName} ${suite} ${extended ? 'extended' : 'bare'}`;
          expect(connection.cipherSuite?.name, `${what}\n${output}`).toBe(name);
          expect(connection.version).toBe(versionName);
          expect(connection.extendedMasterSecret, what).toBe(extended);
          expect(connection.encryptThenMac, what).toBe(extended && /AES\d+-SHA|CAMELLIA/.test(suite));
          expect(plaintext.client.toString(), what).toBe(sent.toString());
          expect(plaintext.server.toString(), what).toBe(answered.toString());
          expect(connection.finished, what).toEqual({ client: 'valid', server: 'valid' });
          expect(connection.macFailures, what).toBe(0);
          expect(connection.decryption.status, what).toBe(
            suite.startsWith('NULL') ? 'not_encrypted' : 'decrypted',
          );
        }
      }
    });
  }

  it('resumes by session ID and by ticket, whichever connection comes first', async () => {
    for (const [option, file] of [
      ['-no_ticket', 'id.session'],
      ['-showcerts', 'ticket.session'],
    ] as const) {
      const session = shop.path(file);
      const common = ['-tls1_2', '-cipher', 'AES128-SHA:@SECLEVEL=0', option];
      const first = await converse(plainServer.port, [...common, '-sess_out', session], lines);
      const second = await converse(plainServer.port, [...common, '-sess_in', session], lines);
      const given = keys([rsa()]);
      const resumption = option === '-no_ticket' ? 'session_id' : 'ticket';

      const sessions = new SessionCache();
      expect(run(first.flights, given, sessions).connection.resumed).toBe(false);
      const resumed = run(second.flights, given, sessions);
      expect(resumed.connection).toMatchObject({
        resumed: true,
        resumption,
        decryption: { status: 'decrypted' },
      });
      expect(resumed.plaintext.client.equals(sent)).toBe(true);

      const backwards = new SessionCache();
      const before = run(second.flights, given, backwards);
      expect(before.connection.decryption).toMatchObject({
        status: 'not_decrypted',
        reason: 'resumed_session_unknown',
      });
      expect(backwards.waiting).toBe(1);
      run(first.flights, given, backwards);
      expect(backwards.waiting).toBe(0);
      expect(before.connection.decryption.status).toBe('decrypted');
      expect(before.connection.finished).toEqual({ client: 'valid', server: 'valid' });
    }
  });

  it('checks client certificates and follows renegotiation', async () => {
    const client = ['-key', clientFiles.key, '-cert', clientFiles.certificate];
    const conversations = VERSIONS.map(([, option]) =>
      converse(
        clientAuthServer.port,
        [option, '-cipher', 'AES256-SHA:@SECLEVEL=0', ...client],
        ['hello', 'R', 'again'],
      ),
    );
    for (const { flights, output } of await Promise.all(conversations)) {
      const { connection, plaintext } = run(flights, keys([rsa()]));
      expect(connection.mutual, output).toBe(true);
      expect(connection.clientSignature).toBe('valid');
      expect(connection.clientCertificates[0]?.subject).toContain('client.example.com');
      expect(connection.handshakes).toBe(2);
      expect(connection.decryption.status).toBe('decrypted');
      expect(plaintext.client.toString()).toBe('hello\nagain\nCLOSE\n');
      expect(plaintext.server.toString()).toBe('olleh\nniaga\n');
    }
  });

  it('TLS 1.3: all five suites, with key updates, a retried hello and a client certificate', async () => {
    const suites = [
      'TLS_AES_128_GCM_SHA256',
      'TLS_AES_256_GCM_SHA384',
      'TLS_CHACHA20_POLY1305_SHA256',
      'TLS_AES_128_CCM_SHA256',
      'TLS_AES_128_CCM_8_SHA256',
    ];
    const talk = async (suite: string) => {
      const server = await start([
        ...['-key', shop.path('server.key'), '-cert', shop.path('server.pem'), '-ciphersuites', suite],
        ...['-groups', 'P-384', '-keylogfile', shop.path(`${suite}.log`), '-Verify', '1'],
      ]);
      return converse(
        server.port,
        [
          ...['-tls1_3', '-ciphersuites', suite, '-groups', 'X25519:P-384', '-key', clientFiles.key],
          ...['-cert', clientFiles.certificate, '-servername', 'sip.example.com'],
        ],
        ['one', 'K', 'two', 'k', 'three'],
      );
    };
    const conversations = await Promise.all(suites.map(talk));
    for (const [index, { flights, output }] of conversations.entries()) {
      const suite = suites[index] as string;
      const given = keys([rsa()], new TestKeyLog(shop.read(`${suite}.log`)));
      const { connection, plaintext, session } = run(flights, given);
      expect(plaintext.client.toString(), output).toBe('one\ntwo\nthree\nCLOSE\n');
      expect(plaintext.server.toString()).toBe('eno\nowt\neerht\n');
      expect(connection).toMatchObject({
        version: 'TLS 1.3',
        cipherSuite: { name: suite },
        serverName: 'sip.example.com',
        keyExchangeGroup: 'secp384r1',
        established: true,
        mutual: true,
        clientSignature: 'valid',
        serverSignature: 'valid',
        finished: { client: 'valid', server: 'valid' },
        decryption: { status: 'decrypted', by: 'key log' },
      });
      const updates = connection.steps
        .flatMap(({ messages }) => messages)
        .filter(({ name }) => name === 'KeyUpdate');
      expect(updates.length).toBeGreaterThanOrEqual(2);
      expect(session.keyLogLines().length).toBe(4);
      expect(run(flights, keys([rsa()])).connection.decryption).toMatchObject({
        status: 'not_decrypted',
        reason: 'forward_secrecy',
      });
    }
  });

  it('TLS 1.3: early data that is accepted is shown, and what is rejected is not', async () => {
    const own = ['-key', shop.path('server.key'), '-cert', shop.path('server.pem'), '-tls1_3'];
    const accepting = await start([...own, '-early_data'], {}, true);
    const refusing = await start(own);
    const early = shop.write('early.txt', 'early data\n');
    const session = shop.path('early.session');
    const client = ['-tls1_3', '-keylogfile', shop.path('client.log')];
    await converse(accepting.port, [...client, '-sess_out', session], ['wait'], {}, true);
    const resume = [...client, '-sess_in', session, '-early_data', early];
    const refused = await converse(refusing.port, resume, ['hello']);
    const accepted = await converse(accepting.port, resume, ['hello'], {}, true);
    const log = shop.read('client.log');

    const first = run(accepted.flights, keys([], new TestKeyLog(log)));
    expect(first.connection, accepted.output).toMatchObject({
      earlyData: 'accepted',
      resumed: true,
      resumption: 'psk',
      finished: { client: 'valid', server: 'valid' },
      decryption: { status: 'decrypted' },
    });
    expect(first.plaintext.client.toString()).toBe('early data\nhello\n');

    const second = run(refused.flights, keys([], new TestKeyLog(log)));
    expect(second.connection, refused.output).toMatchObject({
      earlyData: 'rejected',
      resumed: false,
      finished: { client: 'valid', server: 'valid' },
      decryption: { status: 'decrypted' },
    });
    expect(second.plaintext.client.toString()).toBe('hello\nCLOSE\n');

    // Without the early secret the rest still opens.
    const partly = log.replace(/^CLIENT_EARLY_TRAFFIC_SECRET.*$/gm, '');
    for (const [{ flights }, text] of [
      [accepted, 'hello\n'],
      [refused, 'hello\nCLOSE\n'],
    ] as const) {
      const outcome = run(flights, keys([], new TestKeyLog(partly)));
      expect(outcome.plaintext.client.toString()).toBe(text);
      expect(outcome.connection.decryption.status).toBe('partial');
    }
    // Nor are handshake secrets needed for the application's.
    const late = log.replace(/^\w+_HANDSHAKE_TRAFFIC_SECRET.*$/gm, '');
    const outcome = run(refused.flights, keys([], new TestKeyLog(late)));
    expect(outcome.plaintext.server.toString()).toBe('olleh\n');
  });

  it('TLS 1.3: goes on after lost bytes', async () => {
    const client = ['-tls1_3', '-keylogfile', shop.path('gap.log')];
    const { flights } = await converse(plainServer.port, client, [...lines, 'one more', 'and another']);
    const log = new TestKeyLog(shop.read('gap.log'));
    const data = flights.filter(
      ({ direction, data }) => direction === 'client' && data[0] === 23 && data.length < 120,
    );
    for (const [cut, keep] of [
      [10, 1],
      [1, 0],
    ] as const) {
      const victim = data[1];
      const next = data[2];
      const pieces = flights
        .filter((flight) => flight !== victim || keep === 1)
        .map((flight) => {
          if (flight === victim) return { ...flight, data: flight.data.subarray(cut), lost: cut };
          return flight === next && keep === 0 ? { ...flight, lost: victim?.data.length ?? 0 } : flight;
        });
      const { connection, plaintext } = run(pieces, keys([], log));
      expect(plaintext.client.toString()).toContain('and another\nCLOSE\n');
      expect(connection.decryption).toMatchObject({ status: 'partial', reason: 'bytes_missing' });
      expect(connection.macFailures).toBe(0);
    }
  });

  it('opens ephemeral suites with a key log alone, which may come later', async () => {
    const { flights } = await converse(
      plainServer.port,
      ['-tls1_2', '-cipher', 'ECDHE-RSA-AES128-SHA256'],
      lines,
    );
    const keyLog = new TestKeyLog();
    const sessions = new SessionCache();
    const closed = run(flights, keys([rsa()], keyLog), sessions);
    expect(closed.connection).toMatchObject({
      established: true,
      keyExchangeGroup: 'x25519',
      decryption: { status: 'not_decrypted', reason: 'forward_secrecy' },
    });
    keyLog.add(shop.read('keys.log'));
    sessions.retry();
    expect(closed.connection.decryption).toMatchObject({ status: 'decrypted', by: 'key log' });
    expect(closed.connection.finished).toEqual({ client: 'valid', server: 'valid' });
  });
});
