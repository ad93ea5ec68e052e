import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { SecureVersion } from 'node:tls';
import { holderOf } from '../../authority/extensions.js';
import { encodePem } from '../../authority/pem.js';
import { append } from '../../bytes/append.js';
import { counted } from '../../bytes/text.js';
import { isFolder, listFiles, readSmallFile } from '../../io/read-whole.js';
import { TableWriter } from '../../report/terminal.js';
import { makePlainVector, PLAIN_RECIPES } from '../../vectors/build.js';
import { type Cast, makeCast } from '../../vectors/cast.js';
import { Randomness } from '../../vectors/random.js';
import {
  BAD_TLS,
  goodTls,
  makeTlsVector,
  offeredCiphers,
  opensslCipher,
  ssl3Vector,
  TLS_VERSIONS,
  type TlsRecipe,
  type TlsVersion,
  tlsMessages,
} from '../../vectors/tls.js';
import type { Vector } from '../../vectors/vector.js';
import { timeOf } from '../certs/options.js';
import { EXIT, type ExitCode, UsageError } from '../exit.js';
import { Output, tell } from '../output/output.js';
import { type NewFile, updateFile, writeNewFiles } from '../output/write-files.js';
import { converse } from '../vectors/handshake.js';
import { replayVector } from '../vectors/replay-command.js';

export type VectorsOptions = {
  readonly out?: string;
  readonly list?: boolean;
  readonly from: string;
  readonly to: string;
  readonly server?: string;
  readonly certs?: string;
  readonly asDraft?: boolean;
  readonly tls: readonly string[];
  readonly cipher?: string;
  readonly seed?: string;
  readonly at?: string;
  readonly force?: boolean;
  readonly replay?: readonly string[];
  readonly wait: string;
  readonly ca?: string;
};

/** The time of vectors that a seed fixes, and of the draft's (its date, when its authority was valid). */
const SEEDED_TIME = '2026-07-01T12:00:00Z';
const DRAFT_TIME = '2006-02-26T12:00:00Z';

/** Folder of the keys and certificates, and the file that names all vectors. */
const CERTIFICATES = 'certs';
const INDEX = 'index.json';

/** `siplens vectors`. */
export async function vectors(names: readonly string[], options: VectorsOptions): Promise<ExitCode> {
  if (options.list === true) return list();
  if (options.out === undefined) throw new UsageError('vectors: say with --out DIR where they go');
  if (options.replay !== undefined) {
    const [transport = '', address = '', ...more] = options.replay;
    return replayVector(options.out, transport, address, [...names, ...more], options);
  }
  const wanted = wantedNames(names, options);
  const { cast, files: castFiles } = makeTheCast(options);
  const made = await makeVectors(cast, wanted, options);
  const { out } = options;
  const isKept = ({ path, content }: NewFile): boolean => {
    const file = existsSync(path) ? readSmallFile(path) : undefined;
    return file?.ok === true && Buffer.from(file.bytes).equals(Buffer.from(content));
  };
  const files: NewFile[] = castFiles
    .map(({ name, pem, secret }) => ({ path: join(out, CERTIFICATES, name), content: pem, secret }))
    .filter((file) => !isKept(file));
  for (const vector of made) append(files, vectorFiles(out, vector, cast));
  writeNewFiles(files, options.force === true);
  updateFile(join(out, INDEX), json(indexOf(out, made)));
  tell(`${counted(made.length, 'vector')} in ${out}, keys and certificates in ${join(out, CERTIFICATES)}`);
  tell('the keys there are for tests only: who has the vectors has them');
  return EXIT.done;
}

function recipesOf(options: VectorsOptions): { readonly tls: readonly TlsRecipe[] } {
  const cipher = options.cipher === undefined ? undefined : opensslCipher(options.cipher);
  const versions = options.tls.length === 0 ? versionsFor(options.cipher) : options.tls.map(tlsVersion);
  return { tls: [...goodTls([...new Set(versions)], cipher), ...BAD_TLS] };
}

function tlsVersion(text: string): TlsVersion {
  const version = TLS_VERSIONS.find((one) => one === text);
  if (version === undefined) throw new UsageError(`--tls ${text}: choose ${TLS_VERSIONS.join(', ')}`);
  return version;
}

/** The versions that have a suite: those of TLS 1.3 are its own. */
function versionsFor(cipher: string | undefined): readonly TlsVersion[] {
  if (cipher === undefined) return TLS_VERSIONS;
  return /^TLS_(?!.*_WITH_)/.test(cipher) ? ['1.3'] : ['1.2'];
}

function allNames(options: VectorsOptions): string[] {
  const { tls } = recipesOf(options);
  return [...tls.map(({ name }) => name), 'tls-only-ssl3', ...PLAIN_RECIPES.map(({ name }) => name)];
}

function wantedNames(names: readonly string[], options: VectorsOptions): ReadonlySet<string> {
  const all = allNames(options);
  for (const name of names) {
    if (!all.includes(name))
      throw new UsageError(`there is no vector ${name}; \`siplens vectors --list\` names them`);
  }
  return new Set(names.length === 0 ? all : names);
}

function makeTheCast(options: VectorsOptions) {
  const { from, to } = options;
  for (const [what, name] of [
    ['--from', from],
    ['--to', to],
  ]) {
    if (!/^[^@\s/\\:<>]+@[^@\s/\\:<>]+$/.test(name ?? ''))
      throw new UsageError(`${what} ${name}: write it as user@domain`);
  }
  const server = options.server ?? to.slice(to.indexOf('@') + 1);
  if (!/^[A-Za-z0-9.-]{1,253}$/.test(server)) throw new UsageError(`--server ${server}: not a domain`);
  if (from === to) throw new UsageError('--from and --to: two users are needed');
  const defaultTime =
    options.asDraft === true ? DRAFT_TIME : options.seed === undefined ? undefined : SEEDED_TIME;
  const result = makeCast({
    at: timeOf('--at', options.at ?? defaultTime),
    random: new Randomness(options.seed ?? randomBytes(16).toString('hex')),
    sender: from,
    receiver: to,
    server,
    asDraft: options.asDraft === true,
    stored: storedFiles(certificateFolder(options)),
  });
  if (!result.ok) throw new UsageError(result.message);
  return result;
}

/** Where keys and certificates come from: the folder named, else that of an earlier run with the same output. */
function certificateFolder({ certs, out = '' }: VectorsOptions): string | undefined {
  const own = join(out, CERTIFICATES);
  return certs ?? (isFolder(own) ? own : undefined);
}

/** The PEM files of a folder; of an authority as `siplens certs ca` lays it out, its key too. */
function storedFiles(folder: string | undefined): ReadonlyMap<string, string> {
  if (folder === undefined) return new Map();
  if (!isFolder(folder)) throw new UsageError(`--certs ${folder}: this is no folder`);
  const listed = listFiles(folder);
  if (!listed.ok) throw new UsageError(listed.message);
  const stored = new Map<string, string>();
  const keep = (name: string, path: string): boolean => {
    const file = readSmallFile(path);
    if (file.ok) stored.set(name, Buffer.from(file.bytes).toString('latin1'));
    return file.ok;
  };
  for (const path of listed.paths) if (path.endsWith('.pem')) keep(basename(path), path);
  if (keep('root_key_fluffyCA.pem', join(folder, 'demoCA', 'private', 'cakey.pem'))) {
    keep('root_cert_fluffyCA.pem', join(folder, 'demoCA', 'cacert.pem'));
  }
  return stored;
}

async function makeVectors(
  cast: Cast,
  wanted: ReadonlySet<string>,
  options: VectorsOptions,
): Promise<readonly Vector[]> {
  const made: Vector[] = [];
  for (const recipe of recipesOf(options).tls) {
    if (wanted.has(recipe.name)) made.push(await makeOverTls(recipe, cast));
  }
  if (wanted.has('tls-only-ssl3')) made.push(ssl3Vector(cast));
  for (const recipe of PLAIN_RECIPES) if (wanted.has(recipe.name)) made.push(makePlainVector(recipe, cast));
  return made;
}

async function makeOverTls(recipe: TlsRecipe, cast: Cast): Promise<Vector> {
  const person = recipe.server(cast);
  const messages = tlsMessages(cast, recipe.name);
  const version = secureVersion(recipe.version);
  try {
    const conversation = await converse({
      key: person.key,
      certificates: encodePem('CERTIFICATE', person.certificate.der),
      offered: [recipe.version === '1.3' ? 'TLSv1.2' : version, version],
      clientCiphers: offeredCiphers(recipe.cipher),
      serverCiphers: recipe.cipher,
      serverName: cast.server.name,
      request: messages[0].bytes,
      response: messages[1].bytes,
    });
    return makeTlsVector(recipe, cast, messages, conversation);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      `TLS ${recipe.version} with ${recipe.cipher}: this Node does not do that (${reason})`,
    );
  }
}

function secureVersion(version: TlsVersion): SecureVersion {
  return version === '1.0' ? 'TLSv1' : `TLSv${version}`;
}

function vectorFiles(out: string, vector: Vector, cast: Cast): NewFile[] {
  const folder = join(out, vector.name);
  return [
    ...vector.files.map(({ name, bytes, secret }) => ({
      path: join(folder, name),
      content: bytes,
      ...(secret === true ? { secret } : {}),
    })),
    { path: join(folder, 'expected.json'), content: json(expectedOf(vector, cast)) },
  ];
}

/** What expected.json holds. */
function expectedOf(vector: Vector, cast: Cast): object {
  const { name, kind, title, reference, answer, mistakeOf, files, known, keyLogs } = vector;
  const certificate = (stem: string): string => `../${CERTIFICATES}/${stem}`;
  const keyOf = (person: string): string => certificate(`${holderOf(person)}_key_${person}.pem`);
  const prefixOf = (person: (typeof known)[number]): string => {
    if (person === cast.expiredSender || person === cast.expiredServer) return 'expired_';
    if (person === cast.unknownSender || person === cast.unknownServer) return 'unknown_';
    return person === cast.evilServer ? 'evil_' : '';
  };
  const ownerOf = (person: (typeof known)[number]): string =>
    person === cast.evilServer ? cast.server.name : person.name;
  return {
    name,
    kind,
    title,
    reference,
    answer,
    ...(mistakeOf === undefined ? {} : { mistake_of: mistakeOf }),
    use: {
      keys: [cast.sender, cast.receiver, cast.server].map((person) => keyOf(person.name)),
      certificates: known.map((person) =>
        certificate(`${prefixOf(person)}${holderOf(ownerOf(person))}_cert_${ownerOf(person)}.pem`),
      ),
      ca: cast.anchors.map(certificate),
      key_logs: keyLogs,
      at: new Date(cast.at * 1000).toISOString().replace('.000Z', 'Z'),
    },
    files: Object.fromEntries(
      files.flatMap((file) => (file.expectation === undefined ? [] : [[file.name, file.expectation]])),
    ),
  };
}

/** The index of a folder: what was made now, and of what it named before that which is still there. */
function indexOf(out: string, made: readonly Vector[]): object {
  const now = made.map(({ name, kind, title, reference, answer, files }) => ({
    name,
    kind,
    title,
    reference,
    answer,
    files: [...files.map((file) => `${name}/${file.name}`), `${name}/expected.json`],
  }));
  const names = new Set(made.map(({ name }) => name));
  const before = indexed(out).filter((entry) => {
    const { name } = entry as { readonly name?: unknown };
    return typeof name === 'string' && !names.has(name) && existsSync(join(out, name, 'expected.json'));
  });
  return { vectors: [...before, ...now] };
}

function indexed(out: string): readonly object[] {
  const file = existsSync(join(out, INDEX)) ? readSmallFile(join(out, INDEX)) : undefined;
  if (file?.ok !== true) return [];
  try {
    const parsed: unknown = JSON.parse(Buffer.from(file.bytes).toString('utf8'));
    const { vectors: list } = parsed as { readonly vectors?: unknown };
    return Array.isArray(list) ? list.filter((each) => typeof each === 'object' && each !== null) : [];
  } catch {
    return [];
  }
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

async function list(): Promise<ExitCode> {
  const output = new Output();
  const table = new TableWriter(
    [{ title: 'Vector' }, { title: 'Kind' }, { title: 'Reference' }, { title: 'What' }],
    (line) => output.line(line),
    { sample: Number.POSITIVE_INFINITY },
  );
  const rows = [...goodTls(TLS_VERSIONS, undefined), ...BAD_TLS, ...PLAIN_RECIPES];
  for (const { name, kind, reference, title } of rows) table.row([name, kind, reference, title]);
  table.row([
    'tls-only-ssl3',
    'bad',
    'draft-ietf-sipping-sec-flows-00 §8',
    'a client that does SSL 3.0 only',
  ]);
  table.flush();
  await output.flush();
  return EXIT.done;
}
