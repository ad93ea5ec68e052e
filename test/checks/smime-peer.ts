/** S/MIME bodies as the openssl command makes them, with certificates made for the test. */
import { Openssl } from '../cms/support.js';

export class SmimePeer extends Openssl {
  /** A key and a self-signed certificate for `sip:NAME@example.com`; `extensions` are lines of a configuration. */
  person(
    name: string,
    options: { readonly bits?: number; readonly extensions?: readonly string[] } = {},
  ): void {
    const { bits = 2048, extensions = [] } = options;
    this.write(
      `${name}.cnf`,
      [
        '[req]',
        'distinguished_name=dn',
        'x509_extensions=ext',
        'prompt=no',
        '[dn]',
        `CN=${name}`,
        '[ext]',
        `subjectAltName=URI:sip:${name}@example.com`,
        ...extensions,
        '',
      ].join('\n'),
    );
    this.run(
      ...['req', '-x509', '-newkey', `rsa:${bits}`, '-nodes', '-config', `${name}.cnf`, '-days', '36500'],
      ...['-keyout', `${name}.key`, '-out', `${name}.pem`],
    );
  }

  /** Enveloping SignedData over an entity, in DER. */
  signed(entity: string, name: string, ...options: readonly string[]): Uint8Array {
    this.write('in', entity);
    this.run(
      ...[
        'cms',
        '-sign',
        '-binary',
        '-nodetach',
        '-in',
        'in',
        '-signer',
        `${name}.pem`,
        '-inkey',
        `${name}.key`,
      ],
      ...['-outform', 'DER', '-out', 'out', ...options],
    );
    return this.read('out');
  }

  /** EnvelopedData around an entity, in DER. */
  encrypted(entity: string | Uint8Array, name: string, ...options: readonly string[]): Uint8Array {
    this.write('in', entity);
    this.run(
      ...['cms', '-encrypt', '-binary', '-in', 'in', '-outform', 'DER', '-out', 'out'],
      ...[...(options.length === 0 ? ['-aes128'] : options), `${name}.pem`],
    );
    return this.read('out');
  }
}
