/**
 * Writes src/tls/registries/iana.ts and src/net/iana.ts, the names of numbers, from the registries in registries/.
 * `npm run registries`, or with `--check` to fail where the file is not what would be written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const TLS_OUTPUT = 'src/tls/registries/iana.ts';
const NET_OUTPUT = 'src/net/iana.ts';
const LINE_WIDTH = 110;

/** Of handshake messages the RFCs write the names otherwise: `ClientHello` for client_hello. */
const MESSAGE_NAMES = { certificate_url: 'CertificateURL', ekt_key: 'EKTKey' };
const messageName = (name) =>
  MESSAGE_NAMES[name] ?? name.replace(/(?:^|_)([a-z])/g, (_, letter) => letter.toUpperCase());

const TABLES = [
  { table: 'cipher_suites', file: 'tls-parameters-4.csv', title: 'TLS Cipher Suites' },
  { table: 'extension_types', file: 'tls-extensiontype-values-1.csv', title: 'TLS ExtensionType Values' },
  { table: 'groups', file: 'tls-parameters-8.csv', title: 'TLS Supported Groups' },
  { table: 'signature_schemes', file: 'tls-signaturescheme.csv', title: 'TLS SignatureScheme' },
  { table: 'content_types', file: 'tls-parameters-5.csv', title: 'TLS ContentType' },
  { table: 'handshake_types', file: 'tls-parameters-7.csv', title: 'TLS HandshakeType', rename: messageName },
  { table: 'alerts', file: 'tls-parameters-6.csv', title: 'TLS Alerts' },
  {
    table: 'client_certificate_types',
    file: 'tls-parameters-2.csv',
    title: 'TLS ClientCertificateType Identifiers',
  },
  { table: 'compression_methods', file: 'comp-meth-ids-2.csv', title: 'TLS Compression Method Identifiers' },
];

/** Names as they stand; `digits` where values are written in hexadecimal. */
const NET_TABLES = [
  { table: 'ether_types', file: 'ieee-802-numbers-1.csv', title: 'IEEE 802 Numbers: EtherTypes', digits: 4 },
  { table: 'ip_protocols', file: 'protocol-numbers-1.csv', title: 'Assigned Internet Protocol Numbers' },
  { table: 'link_types', file: 'linktypes.csv', title: 'LINKTYPE values of tcpdump.org' },
  { table: 'ppp_protocols', file: 'ppp-numbers-2.csv', title: 'PPP DLL Protocol Numbers', digits: 4 },
  { table: 'service_access_points', file: 'llc-saps.csv', title: 'IEEE 802.2 LSAP addresses', digits: 2 },
  { table: 'ipv4_options', file: 'ip-parameters-1.csv', title: 'IP Option Numbers' },
  {
    table: 'ipv6_options',
    file: 'ipv6-parameters-2.csv',
    title: 'IPv6 Destination Options and Hop-by-Hop Options',
    digits: 2,
  },
  { table: 'tcp_options', file: 'tcp-parameters-1.csv', title: 'TCP Option Kind Numbers' },
];

/** The records of a CSV file (RFC 4180: fields in quotes may hold commas, line ends and doubled quotes). */
function records(file) {
  const text = readFileSync(path(`registries/${file}`), 'utf8').replace(/\r\n/g, '\n');
  const rows = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/g)) {
    rows.at(-1).push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === '\n') rows.push([]);
  }
  const [, ...body] = rows.filter((row) => row.length > 1);
  return body;
}

/** `0x00,0x2F`, `0x0201` or `47`. */
function numberOf(text, file) {
  const bytes = /^0x([0-9A-F]{2}),0x([0-9A-F]{2})$/.exec(text);
  const value = bytes === null ? Number(text) : Number.parseInt(`${bytes[1]}${bytes[2]}`, 16);
  if (!Number.isInteger(value)) throw new Error(`${file}: ${text} is not a value`);
  return value;
}

/** Name by value: of the registry without what follows it, `(OBSOLETE)` or `_RESERVED`, then what is not in it. */
function namesOf({ table, file, rename = (name) => name }) {
  const names = new Map();
  const add = (value, description) =>
    names.set(numberOf(value, file), rename(description.split(' ')[0].replace(/_RESERVED$/, '')));
  for (const [value, description] of records(file)) {
    if (!/^(Unassigned|Reserved)\b/.test(description)) add(value, description);
  }
  for (const [of, value, description] of records('unregistered.csv'))
    if (of === table) add(value, description);
  return [...names].sort(([a], [b]) => a - b);
}

/** Words in lines of at most LINE_WIDTH columns. */
function wrapped(words) {
  const lines = [''];
  for (const word of words) {
    if (lines.at(-1).length + 1 + word.length > LINE_WIDTH) lines.push('');
    lines.push(`${lines.pop()} ${word}`.trim());
  }
  return lines.join('\n');
}

function declaration(entry) {
  const runs = [];
  for (const [value, name] of namesOf(entry)) {
    const run = runs.at(-1);
    if (run !== undefined && run.first + run.names.length === value) run.names.push(name);
    else runs.push({ first: value, names: [name] });
  }
  const properties = runs.map(({ first, names }) => {
    const line = `  ${first}: '${names.join(' ')}',`;
    return line.length <= LINE_WIDTH ? line : `  ${first}: \`\n${wrapped(names)}\n\`,`;
  });
  const constant = entry.table.toUpperCase();
  return `/** ${entry.title} (${entry.file}). */\nexport const ${constant}: Runs = {\n${properties.join('\n')}\n};`;
}

/** A table of names that have more than one word. */
function mapDeclaration({ table, file, title, digits }) {
  const seen = new Set();
  const entries = records(file).map(([text, name]) => {
    const value = numberOf(text, file);
    if (seen.has(value)) throw new Error(`${file}: ${text} is there twice`);
    seen.add(value);
    if (name.includes("'")) throw new Error(`${file}: ${name} has a quote`);
    const shown = digits === undefined ? `${value}` : `0x${value.toString(16).padStart(digits, '0')}`;
    return `  [${shown}, '${name}'],`;
  });
  const type = 'ReadonlyMap<number, string>';
  return `/** ${title} (${file}). */\nexport const ${table.toUpperCase()}: ${type} = new Map([\n${entries.join('\n')}\n]);`;
}

const MADE =
  '// Made by scripts/generate-registries.mjs from the files in registries/: change those, and run "npm run registries".';

const SOURCES = [
  [
    TLS_OUTPUT,
    `${MADE}

/** Names of consecutive values, separated by white space, by the first of these values. */
export type Runs = Readonly<Record<number, string>>;

${TABLES.map(declaration).join('\n\n')}
`,
  ],
  [NET_OUTPUT, `${MADE}\n\n${NET_TABLES.map(mapDeclaration).join('\n\n')}\n`],
];

for (const [output, source] of SOURCES) {
  if (!process.argv.includes('--check')) writeFileSync(path(output), source);
  else if (readFileSync(path(output), 'utf8') !== source) {
    process.stderr.write(`${output} is not what registries/ says: run "npm run registries"\n`);
    process.exitCode = 1;
  }
}
