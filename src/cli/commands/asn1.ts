import type { AnalyzerEvent } from '../../analyzer/events.js';
import { dumpDumpasn1 } from '../../asn1/dump-dumpasn1.js';
import { readElements } from '../../asn1/dump-elements.js';
import { dumpOpenssl } from '../../asn1/dump-openssl.js';
import { describeError } from '../../bytes/fault.js';
import { latin1 } from '../../bytes/text.js';
import { analyzeFiles } from '../../engine/analyze-files.js';
import { collect } from '../../io/read-whole.js';
import { type InputFile, openFile } from '../../io/source.js';
import { loadKeyMaterial } from '../../keys/load.js';
import { parsePem } from '../../keys/pem.js';
import { eachBody } from '../../model/body.js';
import { EXIT, type ExitCode, UsageError } from '../exit.js';
import { eventTest } from '../filter-option.js';
import { loadContext } from '../materials.js';
import type { CommonOptions } from '../options.js';
import { Output, tell } from '../output/output.js';

type Asn1Options = CommonOptions & { readonly style: string };

/** The draft's two layouts: §5.1 is of openssl, §7 of dumpasn1. */
const STYLES: Readonly<Record<string, (bytes: Uint8Array) => string[]>> = {
  dumpasn1: (bytes) => dumpDumpasn1(bytes),
  openssl: (bytes) => dumpOpenssl(bytes),
};

/**
 * `siplens asn1`: what is encoded in a file of DER, BER or PEM, or in the CMS bodies of messages. A damaged encoding
 * is shown up to where it breaks (exit 3).
 */
export async function asn1(path: string, options: Asn1Options): Promise<ExitCode> {
  const dump = STYLES[options.style];
  if (dump === undefined) {
    throw new UsageError(`--style ${options.style}: choose ${Object.keys(STYLES).join(' or ')}`);
  }
  const opened = await openFile(path);
  if (!opened.ok) {
    tell(opened.message);
    return EXIT.incomplete;
  }
  const listing = new Listing(dump);
  const { file } = opened;
  switch (file.kind) {
    case 'pcap':
    case 'pcapng':
    case 'sip':
    case 'mime':
      await listBodies(file, options, listing);
      break;
    default:
      await listFile(file, listing);
  }
  await listing.output.flush();
  return listing.isWhole ? EXIT.done : EXIT.incomplete;
}

/** Writes one encoding after another. */
class Listing {
  readonly output = new Output();
  isWhole = true;
  readonly #dump: (bytes: Uint8Array) => string[];
  #count = 0;

  constructor(dump: (bytes: Uint8Array) => string[]) {
    this.#dump = dump;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** `heading` says where the bytes are; a file that is one encoding has none. */
  add(bytes: Uint8Array, place: string, heading: string | undefined): void {
    if (heading !== undefined) {
      if (this.#count > 0) this.output.line('');
      this.output.line(`# ${heading}`);
    }
    this.#count++;
    for (const line of this.#dump(bytes)) this.output.line(line);
    const { error } = readElements(bytes);
    if (error !== undefined) this.problem(`${place}: ${describeError(error)}`);
  }

  problem(message: string): void {
    tell(message);
    this.isWhole = false;
  }
}

/** The CMS bodies of messages, outermost first; those inside encrypted ones too where a key opens them. */
async function listBodies(file: InputFile, options: Asn1Options, listing: Listing): Promise<void> {
  const passes = eventTest(options.filter);
  const context = await loadContext(options);
  const listener = (event: AnalyzerEvent): void => {
    if (event.type === 'error') tell(`${event.file}: ${event.message}`);
    if ((event.type !== 'sip_message' && event.type !== 'entity') || !passes(event)) return;
    const frame = event.type === 'sip_message' ? event.frame?.number : undefined;
    for (const { body, path } of eachBody(event.body)) {
      if (body.cms === undefined) continue;
      const place = frame === undefined ? path : `frame ${frame} ${path}`;
      const type = body.contentTypeText ?? body.source.name;
      listing.add(body.bytes, `${event.file}: ${place}`, `${place}: ${type}, ${body.bytes.length} bytes`);
    }
  };
  const outcome = await analyzeFiles([file.name], context, listener, {
    open: async () => ({ ok: true, file }),
    afterChunk: () => listing.output.flush(),
  });
  if (!outcome.isWhole) listing.isWhole = false;
  if (listing.isEmpty) tell(`${file.name}: no message in it has a CMS body that could be reached`);
}

/** A file that is DER or BER itself, or PEM blocks of any label. */
async function listFile(file: InputFile, listing: Listing): Promise<void> {
  const collected = await collect(file.name, file.chunks);
  if (!collected.ok) {
    listing.problem(collected.message);
    return;
  }
  const { bytes } = collected;
  if (bytes.length === 0) {
    listing.problem(`${file.name}: the file is empty`);
    return;
  }
  const text = latin1(bytes);
  if (!text.includes('-----BEGIN ')) {
    if (holdsPrivateKey(bytes)) listing.problem(`${file.name}: ${KEYS_STAY_SECRET}`);
    else listing.add(bytes, file.name, undefined);
    return;
  }
  const { blocks, problems } = parsePem(text);
  for (const problem of problems) listing.problem(`${file.name}: ${problem}`);
  for (const [index, { label, bytes: block, encryption }] of blocks.entries()) {
    const place = blocks.length === 1 ? file.name : `${file.name}: block ${index + 1} (${label})`;
    if (encryption !== undefined)
      listing.problem(`${place}: the block is encrypted; it is no ASN.1 as it stands`);
    else if (holdsPrivateKey(block)) listing.problem(`${place}: ${KEYS_STAY_SECRET}`);
    else {
      const heading = `block ${index + 1}: ${label}, ${block.length} bytes`;
      listing.add(block, place, blocks.length === 1 ? undefined : heading);
    }
  }
}

const KEYS_STAY_SECRET = 'this is a private key in the clear, which is never printed';

/** Encrypted keys are no secret as they stand. */
function holdsPrivateKey(bytes: Uint8Array): boolean {
  const loaded = loadKeyMaterial('', bytes);
  return loaded.ok && loaded.value.privateKeys.length > 0;
}
