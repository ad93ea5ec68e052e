import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { records, siplens } from '../support/command.js';
import { ROOT } from '../support/root.js';

/** What the draft says is in its captures (Appendix C, §6 and §7), seen through the built command. */

const TLS = 'samples/tls-message.pcap';
const CA = ['--ca', 'samples/certs/root_cert_fluffyCA.pem'];

describe('the TLS capture', () => {
  it('opens with the key of example.net', () => {
    const { status, stdout, stderr } = siplens([
      'export',
      TLS,
      '-k',
      'samples/keys/domain_key_example.net.pem',
      '-q',
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const all = records(stdout);
    const messages = all.filter(({ type }) => type === 'sip_message');
    expect(messages.map(({ frame, transport, call_id }) => ({ frame, transport, call_id }))).toEqual([
      { frame: 10, transport: 'tls', call_id: '0dc68373623af98a@Y2ouY2lzY28uc2lwaXQubmV0' },
      { frame: 11, transport: 'tls', call_id: '0dc68373623af98a@Y2ouY2lzY28uc2lwaXQubmV0' },
    ]);
    expect(messages[0]).toMatchObject({
      is_request: true,
      method: 'MESSAGE',
      request_uri: 'sips:kumiko@example.net',
      src: '127.0.0.1',
      src_port: 55768,
      dst_port: 5061,
      tcp_stream: 0,
      cseq: { number: 1, method: 'MESSAGE' },
      from: { uri: 'sips:fluffy@example.com', tag: '03de46e1' },
      to: { uri: 'sips:kumiko@example.net' },
      via_branch: 'z9hG4bK-d87543-58c826887160f95f-1--d87543-',
      body: { content_type: 'text/plain', length: 6, text: 'Hello!' },
    });
    expect(messages[1]).toMatchObject({ is_request: false, status_code: 200, reason_phrase: 'OK' });
    const [connection] = all.filter(({ type }) => type === 'tls_connection');
    expect(connection).toMatchObject({
      tcp_stream: 0,
      client_port: 55768,
      server_port: 5061,
      version: 'TLS 1.0',
      cipher_suite: { id: '0x0035', name: 'TLS_RSA_WITH_AES_256_CBC_SHA' },
      resumed: false,
      established: true,
      mac_failures: 0,
      decryption: { status: 'decrypted' },
      application_bytes: { client: 695, server: 363 },
    });
    expect(connection.cipher_suites_offered).toHaveLength(3);
  });

  it('gives the messages of Appendix C byte for byte', () => {
    const { stdout } = siplens(['export', TLS, '-k', 'samples/keys/domain_key_example.net.pem']);
    for (const [index, name] of ['request', 'response'].entries()) {
      const expected = readFileSync(`${ROOT}samples/tls-message-${name}.txt`, 'latin1');
      const record = records(stdout).filter(({ type }) => type === 'sip_message')[index];
      const headers = record.headers.map(
        (header: { name: string; value: string }) => `${header.name}: ${header.value}`,
      );
      const start = record.is_request
        ? `${record.method} ${record.request_uri} SIP/2.0`
        : `SIP/2.0 ${record.status_code} ${record.reason_phrase}`;
      const text = [start, ...headers, '', record.body?.text ?? ''].join('\n');
      expect(text.trimEnd()).toBe(expected.trimEnd());
    }
  });

  it('stays closed with another key, and says why', () => {
    const { status, stdout, stderr } = siplens([
      'export',
      TLS,
      '-k',
      'samples/keys/domain_key_example.com.pem',
    ]);
    expect(status).toBe(0);
    const all = records(stdout);
    expect(all.map(({ type }) => type)).toEqual(['tls_connection']);
    expect(all[0].decryption).toMatchObject({ status: 'not_decrypted', reason: 'key_mismatch' });
    expect(stderr).toContain('key_mismatch');
  });

  it('stays closed without a key, and says why', () => {
    const { status, stdout } = siplens(['export', TLS]);
    expect(status).toBe(0);
    const all = records(stdout);
    expect(all.map(({ type }) => type)).toEqual(['tls_connection']);
    expect(all[0].decryption).toMatchObject({ status: 'not_decrypted', reason: 'no_key' });
  });
});

describe('the S/MIME captures', () => {
  const fluffy = ['--cert', 'samples/certs/user_cert_fluffy@example.com.pem'];
  const kumiko = ['-k', 'samples/keys/user_key_kumiko@example.net.pem'];
  const kumikoCertificate = ['--cert', 'samples/certs/user_cert_kumiko@example.net.pem'];
  const validSigner = {
    issuer: 'C=US, ST=California, L=San Jose, O=sipit, OU=Sipit Test Certificate Authority',
    serial_number: '0195007102330058',
    digest_algorithm: 'sha1',
    signature: 'valid',
    chain: { status: 'valid' },
    identity: { status: 'match', expected: 'fluffy@example.com' },
  };

  it('verifies the signature with a certificate found by issuer and serial number', () => {
    const { status, stdout } = siplens(['export', 'samples/smime-signed.pcap', ...fluffy, ...CA]);
    expect(status).toBe(0);
    const [message, answer] = records(stdout);
    expect(answer.status_code).toBe(200);
    expect(message.body.parts[0]).toMatchObject({ content_type: 'text/plain', text: 'hello' });
    expect(message.body.parts[1].cms).toMatchObject({
      content_type: 'signed_data',
      detached: true,
      certificates: [],
      signers: [validSigner],
    });
    expect(message.body.parts[1].cms.signers[0].certificate.subject_alt_names).toContainEqual({
      type: 'uri',
      value: 'sip:fluffy@example.com',
    });
  });

  it('says which certificate is wanted where it is not given', () => {
    const { stdout } = siplens(['export', 'samples/smime-signed.pcap']);
    const [signer] = records(stdout)[0].body.parts[1].cms.signers;
    expect(signer.signature).toBe('unverifiable');
    expect(signer.reason).toContain('0195007102330058');
    expect(signer.reason).toContain('Sipit Test Certificate Authority');
  });

  it('says invalid when one byte of the signed part has changed', () => {
    const bytes = readFileSync(`${ROOT}samples/smime-signed.pcap`);
    const at = bytes.indexOf('hello');
    bytes[at] = 'j'.charCodeAt(0);
    const { stdout } = siplens(['export', '-', ...fluffy, ...CA], bytes);
    const [message] = records(stdout);
    expect(message.body.parts[0].text).toBe('jello');
    expect(message.body.parts[1].cms.signers[0].signature).toBe('invalid');
    expect(message.findings.map(({ rule }: { rule: string }) => rule)).toContain('smime/signature-invalid');
  });

  it('judges the chain at the time that is asked for', () => {
    const { stdout } = siplens([
      'export',
      'samples/smime-signed.pcap',
      ...fluffy,
      ...CA,
      '--at',
      '2020-01-01T00:00:00Z',
    ]);
    const [signer] = records(stdout)[0].body.parts[1].cms.signers;
    expect(signer).toMatchObject({ signature: 'valid', chain: { status: 'expired' } });
  });

  it('opens the encrypted body', () => {
    const { stdout } = siplens(['export', 'samples/smime-encrypted.pcap', ...kumiko, ...kumikoCertificate]);
    expect(records(stdout)[0].body.cms).toMatchObject({
      content_type: 'enveloped_data',
      recipients: [{ serial_number: '0195007102330057' }],
      decryption: { status: 'decrypted' },
      content: { content_type: 'text/plain', text: 'hello' },
    });
  });

  it('opens the encrypted body with the private key alone', () => {
    const { stdout } = siplens(['export', 'samples/smime-encrypted.pcap', ...kumiko]);
    expect(records(stdout)[0].body.cms.content.text).toBe('hello');
  });

  it('names the recipients where no key is given', () => {
    const { stdout } = siplens(['export', 'samples/smime-encrypted.pcap']);
    const { decryption, content } = records(stdout)[0].body.cms;
    expect(decryption.status).toBe('no_key');
    expect(decryption.reason).toContain('0195007102330057');
    expect(content).toBeUndefined();
  });

  it('does both at once', () => {
    const { stdout } = siplens([
      'export',
      'samples/smime-signed-encrypted.pcap',
      ...fluffy,
      ...CA,
      ...kumiko,
      ...kumikoCertificate,
    ]);
    const [encrypted, signature] = records(stdout)[0].body.parts;
    expect(signature.cms.signers).toMatchObject([validSigner]);
    expect(encrypted.cms).toMatchObject({
      decryption: { status: 'decrypted' },
      content: { text: 'hello' },
    });
  });
});
