import { join } from 'node:path';
import { countFields, countIn } from './measure.mjs';
import { ROOT, SAMPLE_KEY } from './workloads.mjs';

const SIPLENS = process.env.SIPLENS ?? join(ROOT, 'bin', 'siplens.js');
const count = (text) => (path) => countIn(path, text);

const json = {
  name: 'tshark -T json -j sip',
  program: 'tshark',
  args: (file, keys) => ['-r', file, ...keys, '-Y', 'sip', '-T', 'json', '-j', 'sip'],
  count: count('"sip.msg_hdr":'),
};
const fields = {
  name: 'tshark -T fields -e sip.Call-ID',
  program: 'tshark',
  args: (file, keys) => ['-r', file, ...keys, '-Y', 'sip', '-T', 'fields', '-e', 'sip.Call-ID'],
  count: countFields,
};
/** With what it decodes inside the bodies. */
const wholeJson = {
  ...json,
  name: 'tshark -T json',
  args: (file, keys) => ['-r', file, ...keys, '-T', 'json'],
};
const sngrep = {
  name: 'sngrep -N',
  program: 'sngrep',
  args: (file) => ['-N', '-q', '-I', file, '-O', '/dev/null'],
  count: () => undefined,
};
const ssldump = {
  name: 'ssldump -n -d',
  program: 'ssldump',
  // -n: else it asks the name server about every address.
  args: (file, _, key) => ['-n', '-r', file, '-k', key, '-d'],
  count: count('Call-ID:'),
};

const lines = (path) => countIn(path, '\n');
/** A list of two messages, with a line of headings. */
const list = {
  name: 'siplens list',
  program: process.execPath,
  args: (file) => [SIPLENS, 'list', file, '-k', SAMPLE_KEY],
  count: (path) => lines(path) - 1,
};
const tsharkList = {
  name: 'tshark -Y sip',
  program: 'tshark',
  args: (file, keys) => ['-r', file, ...keys, '-Y', 'sip'],
  count: lines,
};

/**
 * The rows of the table: a capture, the peers that do the same on it, how many times faster siplens is to be
 * (`atLeast`, by the peer's name), what siplens does where it is no export, and what bounds the row.
 */
export const ROWS = [
  {
    title: '500 k SIP over UDP',
    workload: 'udp',
    peers: [json, fields],
    atLeast: { [json.name]: 5, [fields.name]: 3 },
    bound: 'finding the headers in each message and copying them into its record',
  },
  {
    title: '50 k SIP over UDP (a tenth)',
    workload: 'udp-tenth',
    peers: [],
    tenthOf: 'udp',
    bound: 'the same; start-up is 0.1 s of it',
  },
  {
    title: '500 k SIP over TCP',
    workload: 'tcp',
    peers: [json, fields],
    atLeast: { [json.name]: 5, [fields.name]: 3 },
    bound: 'as over UDP; reassembly and framing are a fifth',
  },
  {
    title: '2 M RTP around 4 k SIP',
    workload: 'rtp',
    peers: [fields, sngrep],
    atLeast: { [fields.name]: 12 },
    bound: 'reading frames and decoding four headers each',
  },
  {
    title: '100 k messages in 1000 TLS 1.0 RSA-2048 connections',
    workload: 'tls10-aes256-cbc',
    peers: [json, fields, ssldump],
    atLeast: { [json.name]: 3 },
    bound: 'records of messages and MACs, in one thread; RSA runs ahead in another',
  },
  {
    title: '100 k messages in 1000 TLS 1.2 AES-GCM connections',
    workload: 'tls12-aes128-gcm',
    peers: [json, fields],
    atLeast: { [json.name]: 3 },
    bound: 'as above; one Decipher a record, as GCM has a nonce each',
  },
  {
    title: '20 k messages in 200 TLS 1.3 connections',
    workload: 'tls13',
    peers: [json],
    bound: 'as above',
  },
  {
    title: '20 k signed and encrypted messages',
    workload: 'smime',
    peers: [wholeJson],
    atLeast: { [wholeJson.name]: 2 },
    bound: 'RSA: decryption in a second thread, verification and the rest in the first; tshark does neither',
  },
  {
    title: '100 k connections open at once',
    workload: 'open-connections',
    peers: [fields],
    bound: 'memory of a connection',
  },
  {
    title: '200 k messages in one connection',
    workload: 'giant-connection',
    peers: [fields],
    bound: 'as over TCP',
  },
  { title: 'one message of 8 MB', workload: 'giant-message', peers: [fields], bound: 'start-up' },
  {
    title: 'the list of a sample',
    workload: 'sample',
    ours: list,
    peers: [tsharkList],
    atLeast: { [tsharkList.name]: 1 },
    bound: 'start-up, of which Node takes a third',
  },
  {
    title: '500 segments with 1000 messages each',
    workload: 'many-in-segment',
    peers: [fields],
    bound: 'records of messages',
  },
];

/** siplens as it is used: all records, every header and body, to a file. */
export const OURS = {
  name: 'siplens export',
  program: process.execPath,
  args: (file, keys) => [SIPLENS, 'export', '-q', file, ...keys],
  count: count('"type":"sip_message"'),
};
