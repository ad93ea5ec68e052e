import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { keys, privateKeyFile } from './support/keys.js';
import { nullPcapFlights } from './support/pcap.js';
import { run } from './support/run.js';

// The capture of draft-ietf-sipping-sec-flows-00, Appendix C, and its flow in §6.1.
const samples = fileURLToPath(new URL('../../samples/', import.meta.url));
const capture = `${samples}tls-message.pcap`;

describe('the TLS capture of the draft', () => {
  const flights = nullPcapFlights(readFileSync(capture), 5061);
  const own = privateKeyFile(`${samples}keys/domain_key_example.net.pem`, 'domain_key_example.net.pem');
  const other = privateKeyFile(`${samples}keys/domain_key_example.com.pem`, 'domain_key_example.com.pem');

  it('opens with the key of example.net', () => {
    const { connection, plaintext } = run(flights, keys([other, own]));
    expect(plaintext.client.toString()).toContain('Call-ID: 0dc68373623af98a@Y2ouY2lzY28uc2lwaXQubmV0\r\n');
    expect(plaintext.client.toString()).toMatch(
      /^MESSAGE sips:kumiko@example.net SIP\/2.0\r\n[\s\S]*\r\n\r\nHello!$/,
    );
    expect(plaintext.server.toString()).toMatch(/^SIP\/2.0 200 OK\r\n/);
    expect(connection.decryption).toEqual({
      status: 'decrypted',
      detail: 'All 6 encrypted records were opened with the RSA private key domain_key_example.net.pem.',
      by: 'RSA private key domain_key_example.net.pem',
    });
    expect(connection).toMatchObject({
      version: 'TLS 1.0',
      cipherSuite: { id: '0x0035', name: 'TLS_RSA_WITH_AES_256_CBC_SHA' },
      cipherSuitesOffered: [
        { name: 'TLS_RSA_WITH_AES_256_CBC_SHA' },
        { name: 'TLS_RSA_WITH_AES_128_CBC_SHA' },
        { name: 'TLS_RSA_WITH_3DES_EDE_CBC_SHA' },
      ],
      resumed: false,
      mutual: false,
      established: true,
      macFailures: 0,
      finished: { client: 'valid', server: 'valid' },
    });
  });

  it('lists the records as §6.1 does', () => {
    const { connection } = run(flights, keys([own]));
    const lines = connection.steps.map(
      ({ record, direction, length, contentTypeName, messages, encrypted }) =>
        [
          record,
          direction === 'client' ? 'C>S' : 'S>C',
          length,
          contentTypeName,
          encrypted ? '' : messages[0]?.name,
        ]
          .filter((part) => part !== undefined && part !== '')
          .join(' '),
    );
    expect(lines).toEqual([
      '1 C>S 49 handshake ClientHello',
      '2 S>C 74 handshake ServerHello',
      '3 S>C 1477 handshake Certificate',
      '4 S>C 4 handshake ServerHelloDone',
      '5 C>S 134 handshake ClientKeyExchange',
      '6 C>S 1 change_cipher_spec',
      '7 C>S 48 handshake',
      '8 S>C 1 change_cipher_spec',
      '9 S>C 48 handshake',
      '10 C>S 32 application_data',
      '11 C>S 720 application_data',
      '12 S>C 32 application_data',
      '13 S>C 384 application_data',
    ]);
    const exchange = connection.steps[4]?.messages[0]?.message;
    expect(exchange?.kind === 'client_key_exchange' && exchange.encryptedPremaster?.length).toBe(128);
  });

  it('says that the key of example.com is another', () => {
    const { connection, plaintext } = run(flights, keys([other]));
    expect(plaintext.client.length + plaintext.server.length).toBe(0);
    expect(connection.decryption).toMatchObject({ status: 'not_decrypted', reason: 'key_mismatch' });
    expect(connection.decryption.detail).toMatch(
      /^The server's certificate is for .*example\.net.* is not its key\.$/,
    );
  });

  it('wants a key where there is none', () => {
    const { connection } = run(flights, keys());
    expect(connection.decryption).toMatchObject({ status: 'not_decrypted', reason: 'no_key' });
  });
});
