import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addressOf, CaptureFile, TcpFlow } from './capture-file.mjs';
import { message, tinyMessage } from './messages.mjs';
import { smimeMaker } from './smime.mjs';
import { tlsConnection } from './tls.mjs';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const WORK = join(ROOT, 'bench', 'work');

/** The key of the sample that is listed. */
export const SAMPLE_KEY = join(ROOT, 'samples', 'keys', 'domain_key_example.net.pem');

const PHONE = { address: '10.0.0.1', port: 5060 };
const PROXY = { address: '10.0.0.2', port: 5060 };
const SECURE = { address: '10.0.0.2', port: 5061 };

const ends = (index, one, other) => (isFromOther(index) ? [other, one] : [one, other]);
/** Which messages of a call the called side sends. */
const isFromOther = (index) => [1, 2, 5].includes(index % 6);

function udp(capture, count) {
  for (let index = 0; index < count; index++) {
    const [from, to] = ends(index, PHONE, PROXY);
    capture.udp(from, to, message(index, 'UDP'));
  }
  return count;
}

function tcp(capture, count, connections) {
  const each = count / connections;
  for (let number = 0; number < connections; number++) {
    const flow = new TcpFlow(capture, { address: addressOf(0x010000 + number), port: 40_000 }, PROXY);
    for (let index = 0; index < each; index++) {
      const whole = number * each + index;
      flow.send(isFromOther(whole) ? 'server' : 'client', message(whole, 'TCP'));
    }
    flow.close();
  }
  return each * connections;
}

function rtp(capture, packets, messages) {
  const voice = Buffer.alloc(172, 0xd5);
  voice[0] = 0x80;
  voice[1] = 0;
  const every = packets / messages;
  let sent = 0;
  for (let index = 0; index < packets; index++) {
    if (index % every === 0) {
      const [from, to] = ends(sent, PHONE, PROXY);
      capture.udp(from, to, message(sent++, 'UDP'));
    }
    voice.writeUInt16BE(index & 0xffff, 2);
    voice.writeUInt32BE(index * 160, 4);
    voice.writeUInt32BE(index % 500, 8);
    const stream = index % 500;
    capture.udp(
      { address: '10.0.0.1', port: 10_000 + stream * 2 },
      { address: '10.0.0.3', port: 20_000 + stream * 2 },
      voice,
    );
  }
  return sent;
}

async function overTls(capture, { connections, messages, options, credentials, keyLog }) {
  for (let number = 0; number < connections; number++) {
    const list = Array.from({ length: messages }, (_, index) => {
      const whole = number * messages + index;
      return { side: isFromOther(whole) ? 'server' : 'client', data: message(whole, 'TLS') };
    });
    await tlsConnection(capture, { address: addressOf(0x020000 + number), port: 40_000 }, SECURE, {
      options,
      credentials,
      messages: list,
      keyLog,
    });
  }
  return connections * messages;
}

function smime(capture, count) {
  const read = (name) => readFileSync(join(ROOT, 'samples', name));
  const make = smimeMaker({
    signerKey: read('keys/user_key_fluffy@example.com.pem'),
    signerCertificate: read('certs/user_cert_fluffy@example.com.pem'),
    recipientCertificate: read('certs/user_cert_kumiko@example.net.pem'),
  });
  for (let index = 0; index < count; index++) {
    capture.udp({ address: '10.0.0.1', port: 5070 }, { address: '10.0.0.2', port: 5080 }, make(index));
  }
  return count;
}

function openConnections(capture, count) {
  const flows = [];
  for (let number = 0; number < count; number++) {
    flows.push(new TcpFlow(capture, { address: addressOf(0x030000 + number), port: 40_000 }, PROXY));
  }
  flows.forEach((flow, number) => {
    flow.send('client', message(number * 6, 'TCP'));
  });
  return count;
}

function giantConnection(capture, count) {
  const flow = new TcpFlow(capture, { address: '10.4.0.1', port: 40_000 }, PROXY);
  for (let index = 0; index < count; index++)
    flow.send(isFromOther(index) ? 'server' : 'client', message(index, 'TCP'));
  return count;
}

function giantMessage(capture, length) {
  const flow = new TcpFlow(capture, { address: '10.5.0.1', port: 40_000 }, PROXY);
  const body = 'a'.repeat(length);
  flow.send('client', message(0, 'TCP', { body }));
  flow.close();
  return 1;
}

function manyInSegment(capture, segments) {
  const flow = new TcpFlow(capture, { address: '10.6.0.1', port: 40_000 }, PROXY);
  let index = 0;
  for (let number = 0; number < segments; number++) {
    const parts = Array.from({ length: 1000 }, () => tinyMessage(index++));
    flow.send('client', Buffer.concat(parts), 65_000);
  }
  flow.close();
  return index;
}

/** A server key and certificate of RSA with 2048 bits; made once. Undefined where there is no openssl. */
function credentials() {
  const key = join(WORK, 'server.key');
  const cert = join(WORK, 'server.crt');
  if (!existsSync(key)) {
    const { status } = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '3650', '-subj', '/CN=example.net'],
      ...['-addext', 'subjectAltName=URI:sip:example.net,DNS:example.net', '-keyout', key, '-out', cert],
    ]);
    if (status !== 0) return undefined;
  }
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

const tlsOptions = (version, ciphers) => ({
  minVersion: version,
  maxVersion: version,
  ...(ciphers === undefined ? {} : { ciphers: `${ciphers}:@SECLEVEL=0` }),
});

const KEY = ['-k', join(WORK, 'server.key')];
const USERS = ['-k', join(ROOT, 'samples', 'keys'), '--cert', join(ROOT, 'samples', 'certs')];

/**
 * The captures. `make(capture, scale)` puts the packets in and answers how many SIP messages they carry; `keys` are
 * siplens' options, `tsharkKeys` tshark's. One that has a `path` is there already.
 */
export const WORKLOADS = [
  { name: 'udp', make: (capture, scale) => udp(capture, Math.round(500_000 * scale)) },
  { name: 'udp-tenth', make: (capture, scale) => udp(capture, Math.round(50_000 * scale)) },
  { name: 'tcp', make: (capture, scale) => tcp(capture, Math.round(5_000 * scale) * 100, 100) },
  {
    name: 'rtp',
    make: (capture, scale) => rtp(capture, Math.round(4_000 * scale) * 500, Math.round(4_000 * scale)),
  },
  {
    name: 'tls10-aes256-cbc',
    needsCredentials: true,
    keys: KEY,
    tsharkKeys: ['-o', `tls.keys_list:,5061,sip,${join(WORK, 'server.key')}`],
    make: (capture, scale, own) =>
      overTls(capture, {
        connections: Math.round(1000 * scale),
        messages: 100,
        options: tlsOptions('TLSv1', 'AES256-SHA'),
        credentials: own,
      }),
  },
  {
    name: 'tls12-aes128-gcm',
    needsCredentials: true,
    keys: KEY,
    tsharkKeys: ['-o', `tls.keys_list:,5061,sip,${join(WORK, 'server.key')}`],
    make: (capture, scale, own) =>
      overTls(capture, {
        connections: Math.round(1000 * scale),
        messages: 100,
        options: tlsOptions('TLSv1.2', 'AES128-GCM-SHA256'),
        credentials: own,
      }),
  },
  {
    name: 'tls13',
    needsCredentials: true,
    keys: ['--keylog', join(WORK, 'tls13.keylog')],
    tsharkKeys: ['-o', `tls.keylog_file:${join(WORK, 'tls13.keylog')}`],
    make: async (capture, scale, own) => {
      const lines = [];
      const count = await overTls(capture, {
        connections: Math.round(200 * scale),
        messages: 100,
        options: tlsOptions('TLSv1.3'),
        credentials: own,
        keyLog: (line) => lines.push(line),
      });
      writeFileSync(join(WORK, 'tls13.keylog'), `${lines.join('\n')}\n`);
      return count;
    },
  },
  { name: 'smime', keys: USERS, make: (capture, scale) => smime(capture, Math.round(20_000 * scale)) },
  {
    name: 'open-connections',
    make: (capture, scale) => openConnections(capture, Math.round(100_000 * scale)),
  },
  {
    name: 'giant-connection',
    make: (capture, scale) => giantConnection(capture, Math.round(200_000 * scale)),
  },
  { name: 'giant-message', make: (capture, scale) => giantMessage(capture, Math.round(8_000_000 * scale)) },
  {
    name: 'sample',
    path: join(ROOT, 'samples', 'tls-message.pcap'),
    messages: 2,
    frames: 16,
    tsharkKeys: ['-o', `tls.keys_list:,5061,sip,${SAMPLE_KEY}`],
  },
  { name: 'many-in-segment', make: (capture, scale) => manyInSegment(capture, Math.round(500 * scale)) },
];

/** Makes a capture where it is not there yet; answers what is known of it, or undefined where it cannot be made. */
export async function prepare(workload, scale) {
  if (workload.path !== undefined) return { ...workload, bytes: statSync(workload.path).size };
  mkdirSync(WORK, { recursive: true });
  const base = join(WORK, `${workload.name}-${scale}`);
  const path = `${base}.pcap`;
  const notes = `${base}.json`;
  // Key logs belong to one capture alone: made together, used together.
  if (existsSync(path) && existsSync(notes)) return { path, ...JSON.parse(readFileSync(notes, 'utf8')) };
  const own = workload.needsCredentials ? credentials() : undefined;
  if (workload.needsCredentials && own === undefined) return undefined;
  const temporary = `${path}.tmp`;
  const capture = new CaptureFile(temporary);
  const messages = await workload.make(capture, scale, own);
  capture.close();
  const facts = { messages, frames: capture.frames, bytes: statSync(temporary).size };
  renameSync(temporary, path);
  writeFileSync(notes, JSON.stringify(facts));
  return { path, ...facts };
}
