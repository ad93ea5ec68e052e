import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { alertName, alertWords } from '../../src/tls/registries/alerts.js';
import {
  clientCertificateTypeName,
  compressionName,
  contentTypeName,
  extensionName,
  groupName,
  handshakeTypeName,
  registeredSuiteName,
  signatureSchemeName,
  suiteName,
} from '../../src/tls/registries/names.js';
import { hasTshark } from '../support/peers.js';
import { ROOT } from '../support/root.js';

describe('the generated tables', () => {
  const copy = mkdtempSync(join(tmpdir(), 'siplens-registries-'));
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  /** What `npm run registries -- --check` says in a folder that is laid out as the repository. */
  function check(root: string): { status: number | null; stderr: string } {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/generate-registries.mjs', '--check'], {
      cwd: root,
      encoding: 'utf8',
    });
    return { status, stderr };
  }

  it('are what the script makes of the registries', () => {
    expect(check(ROOT)).toEqual({ status: 0, stderr: '' });
  });

  it('are told to be old where a registry has changed', () => {
    for (const name of ['scripts', 'registries', 'src/tls/registries', 'src/net/iana.ts'])
      cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    const registry = join(copy, 'registries/tls-parameters-6.csv');
    writeFileSync(registry, `${readFileSync(registry, 'utf8')}122,"one ""more"", new",[RFC0000]\n`);
    const { status, stderr } = check(copy);
    expect(status).toBe(1);
    expect(stderr).toContain('src/tls/registries/iana.ts is not what registries/ says');
    spawnSync(process.execPath, ['scripts/generate-registries.mjs'], { cwd: copy });
    expect(check(copy).status).toBe(0);
    expect(readFileSync(join(copy, 'src/tls/registries/iana.ts'), 'utf8')).toContain('ech_required one');
    const protocols = join(copy, 'registries/protocol-numbers-1.csv');
    writeFileSync(protocols, `${readFileSync(protocols, 'utf8')}200,"Two, words"\n`);
    expect(check(copy).stderr).toContain('src/net/iana.ts is not what registries/ says');
    spawnSync(process.execPath, ['scripts/generate-registries.mjs'], { cwd: copy });
    expect(readFileSync(join(copy, 'src/net/iana.ts'), 'utf8')).toContain("[200, 'Two, words'],");
  });
});

describe('values that the RFCs give', () => {
  it.each([
    // RFC 5246 A.5, RFC 5289 §3, RFC 5746 §3.3, RFC 7905 §2, RFC 8446 B.4, RFC 8492 §5, RFC 9189 §9.
    [0x0000, 'TLS_NULL_WITH_NULL_NULL'],
    [0x0035, 'TLS_RSA_WITH_AES_256_CBC_SHA'],
    [0x006d, 'TLS_DH_anon_WITH_AES_256_CBC_SHA256'],
    [0xc02f, 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
    [0x00ff, 'TLS_EMPTY_RENEGOTIATION_INFO_SCSV'],
    [0xcca8, 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256'],
    [0x1301, 'TLS_AES_128_GCM_SHA256'],
    [0x1305, 'TLS_AES_128_CCM_8_SHA256'],
    [0xc0b3, 'TLS_ECCPWD_WITH_AES_256_CCM_SHA384'],
    [0xc102, 'TLS_GOSTR341112_256_WITH_28147_CNT_IMIT'],
    // Not registered: RFC 6101 A.6.
    [0x001c, 'SSL_FORTEZZA_KEA_WITH_NULL_SHA'],
  ])('cipher suite %i is %s', (id, name) => {
    expect(registeredSuiteName(id)).toBe(name);
  });

  it.each([
    // RFC 6066 §1.1, RFC 8422 §5.1, RFC 7301 §3.1, RFC 7627 §5.1, RFC 8446 §4.2, RFC 5746 §3.2.
    [0, 'server_name'],
    [10, 'supported_groups'],
    [16, 'application_layer_protocol_negotiation'],
    [23, 'extended_master_secret'],
    [35, 'session_ticket'],
    [43, 'supported_versions'],
    [51, 'key_share'],
    [0xff01, 'renegotiation_info'],
    // Not registered, or only as reserved.
    [40, 'key_share_old'],
    [13172, 'next_protocol_negotiation'],
    [46, 'extension_46'],
  ])('extension %i is %s', (type, name) => {
    expect(extensionName(type)).toBe(name);
  });

  it('groups, signature schemes and what TLS 1.2 made of them (RFC 8446 §4.2.3 and §4.2.7, RFC 5246 §7.4.1.4.1)', () => {
    expect([23, 24, 25, 29, 30, 256, 260].map(groupName)).toEqual([
      ...['secp256r1', 'secp384r1', 'secp521r1', 'x25519', 'x448', 'ffdhe2048', 'ffdhe8192'],
    ]);
    expect(groupName(25497)).toBe('X25519Kyber768Draft00');
    expect([0x0401, 0x0503, 0x0804, 0x0807, 0x080b, 0x0202, 0x0301].map(signatureSchemeName)).toEqual([
      ...['rsa_pkcs1_sha256', 'ecdsa_secp384r1_sha384', 'rsa_pss_rsae_sha256', 'ed25519'],
      ...['rsa_pss_pss_sha512', 'dsa_sha1', 'rsa_sha224'],
    ]);
    expect([groupName(0xeeee), groupName(0x7777), signatureSchemeName(0xeeee)]).toEqual([
      ...['0xeeee', '0x7777', '0xeeee'],
    ]);
  });

  it('records, messages, alerts, certificate types and compression (RFC 5246 A.1 to A.5, RFC 8446 B.3, RFC 3749)', () => {
    expect([20, 21, 22, 23, 24, 19].map(contentTypeName)).toEqual([
      ...['change_cipher_spec', 'alert', 'handshake', 'application_data', 'heartbeat', 'content_type_19'],
    ]);
    expect([0, 1, 2, 4, 8, 11, 12, 14, 16, 20, 21, 24, 67, 7].map(handshakeTypeName)).toEqual([
      ...[
        'HelloRequest',
        'ClientHello',
        'ServerHello',
        'NewSessionTicket',
        'EncryptedExtensions',
        'Certificate',
      ],
      ...[
        'ServerKeyExchange',
        'ServerHelloDone',
        'ClientKeyExchange',
        'Finished',
        'CertificateURL',
        'KeyUpdate',
      ],
      ...['NextProtocol', 'handshake_type_7'],
    ]);
    expect([0, 21, 40, 48, 70, 116, 120, 53].map(alertName)).toEqual([
      ...['close_notify', 'decryption_failed', 'handshake_failure', 'unknown_ca', 'protocol_version'],
      ...['certificate_required', 'no_application_protocol', 'alert_53'],
    ]);
    expect([1, 5, 64, 7].map(clientCertificateTypeName)).toEqual([
      ...['rsa_sign', 'rsa_ephemeral_dh', 'ecdsa_sign', 'certificate_type_7'],
    ]);
    expect([0, 1, 64, 2].map(compressionName)).toEqual(['NULL', 'DEFLATE', 'LZS', 'compression_2']);
  });

  it('every alert with a name has words', () => {
    const named = Array.from({ length: 256 }, (_, alert) => alert).filter(
      (alert) => !alertName(alert).startsWith('alert_'),
    );
    expect(named.length).toBe(38);
    expect(named.filter((alert) => alertWords(alert) === alertWords(255))).toEqual([]);
  });
});

describe.skipIf(!hasTshark)('tshark has the same names', () => {
  const { stdout } = spawnSync('tshark', ['-G', 'values'], { encoding: 'utf8', maxBuffer: 1 << 26 });
  const rows = (field: string): [number, string][] =>
    [...stdout.matchAll(new RegExp(`^V\\t${field.replaceAll('.', '\\.')}\\t(\\d+)\\t(.+)$`, 'gm'))].map(
      ([, value, name]) => [Number(value), name ?? ''],
    );

  it('of suites, where it knows them', () => {
    const all = rows('tls.handshake.ciphersuite').filter(([, name]) => /^(TLS|SSL)_\S+$/.test(name));
    expect(all.length).toBeGreaterThan(300);
    const differing = all
      // Not of the registry: Salsa20 drafts; the ChaCha20 ones of another draft have `_OLD` here.
      .filter(([id]) => !(id >= 0xe410 && id <= 0xe41f) && !(id >= 0xcc13 && id <= 0xcc15))
      .filter(([id, name]) => suiteName(id).name !== name);
    expect(differing).toEqual([]);
  });

  it('of alerts', () => {
    const all = rows('tls.alert_message.desc');
    expect(all.length).toBeGreaterThan(30);
    expect(
      all.filter(([value, name]) => alertName(value) !== name.toLowerCase().replaceAll(' ', '_')),
    ).toEqual([]);
  });

  it('of extensions', () => {
    const all = rows('tls.handshake.extension.type').filter(([, name]) => /^\w+$/.test(name));
    expect(all.length).toBeGreaterThan(50);
    expect(all.filter(([value, name]) => extensionName(value) !== name)).toEqual([
      // RFC 9345 §4.1.1 has it in the singular.
      [34, 'delegated_credentials'],
    ]);
  });
});
