import type { Tap } from '../../analyzer/capture-analyzer.js';
import type { AnalyzerEvent, TlsConnectionEvent } from '../../analyzer/events.js';
import { append } from '../../bytes/append.js';
import { counted, latin1 } from '../../bytes/text.js';
import { analyzeFiles } from '../../engine/analyze-files.js';
import type { Direction } from '../../model/endpoint.js';
import { blue, bold, dim, red, type Styled, yellow } from '../../report/styled.js';
import { endpointText } from '../../report/tls/table.js';
import { EXIT, type ExitCode, UsageError } from '../exit.js';
import { loadContext } from '../materials.js';
import type { CommonOptions } from '../options.js';
import { Output, tell } from '../output/output.js';

export type FollowOptions = CommonOptions & {
  readonly stream: string;
  readonly side?: string;
  readonly raw?: boolean;
};

/** Receives the bytes of the stream, in the order in which they come to light. */
type Sink = {
  take: Tap['data'];
  /** Bytes are missing here; `words` say how many, whose, and before which frame. */
  lost(words: string): void;
  flush(): Promise<void>;
  /** Nothing more comes. `isTls`: whether TLS began on the stream at some point. */
  end(isTls: boolean): Promise<void>;
};

/** `siplens follow`: what one TCP stream carried, decrypted where it is TLS. */
export async function follow(file: string, options: FollowOptions): Promise<ExitCode> {
  const wanted = /^\d{1,9}$/.test(options.stream) ? Number(options.stream) : Number.NaN;
  if (Number.isNaN(wanted)) {
    throw new UsageError(`--stream ${options.stream}: not the number of a TCP stream; they count from 0`);
  }
  const { side } = options;
  if (side !== undefined && side !== 'client' && side !== 'server') {
    throw new UsageError(`--side ${side}: choose client or server`);
  }
  if (options.raw === true && side === undefined) {
    throw new UsageError('--raw: name the --side; the bytes of both together would be of no use');
  }
  const context = await loadContext(options);
  const sink = options.raw === true ? rawSink() : textSink(options);
  let streams = 0;
  let bytes = 0;
  let connection: TlsConnectionEvent | undefined;
  const listener = (event: AnalyzerEvent): void => {
    if (event.type === 'error') tell(`${event.file}: ${event.message}`);
    if (event.type === 'tls_connection') {
      streams = Math.max(streams, event.tcpStream + 1);
      if (event.tcpStream === wanted) connection = event;
    }
    const isLoss = event.type === 'finding' && event.finding.rule === 'tcp/gap';
    if (
      event.type === 'finding' &&
      !isLoss &&
      options.quiet !== true &&
      isAbout(event.finding.where, wanted)
    ) {
      tell(`${event.finding.summary}${event.finding.where === undefined ? '' : ` (${event.finding.where})`}`);
    }
  };
  const losses = new Losses((words, after) => {
    sink.lost(words);
    tell(`tcp stream ${wanted}: ${words}, after ${counted(after, 'byte')} of it`);
  });
  const outcome = await analyzeFiles([file], context, listener, {
    afterChunk: () => sink.flush(),
    tap: {
      data: (stream, direction, data, frame, insideTls) => {
        streams = Math.max(streams, stream.index + 1);
        if (stream.index !== wanted) return;
        bytes += data.length;
        if (side !== undefined && direction !== side) return;
        losses.data(direction, data.length, insideTls);
        sink.take(stream, direction, data, frame, insideTls);
      },
      lost: (stream, direction, missing, { number }) => {
        if (stream.index !== wanted || (side !== undefined && direction !== side)) return;
        losses.lost(direction, missing, number);
      },
    },
  });
  await sink.end(connection !== undefined);
  if (options.quiet !== true) outcome.tellUnread(tell, 'findings');
  if (connection === undefined && bytes === 0) {
    const there =
      streams === 0 ? 'no TCP stream carries bytes' : `those that carry bytes end at ${streams - 1}`;
    throw new UsageError(`follow: nothing in TCP stream ${wanted} of ${file}: ${there}`);
  }
  const closed = connection === undefined ? undefined : whyClosed(connection);
  if (closed !== undefined) tell(closed);
  return outcome.isWhole && closed === undefined ? EXIT.done : EXIT.incomplete;
}

function isAbout(where: string | undefined, stream: number): boolean {
  return where?.endsWith(`tcp stream ${stream}`) ?? false;
}

/**
 * Where bytes are lost, told once each. Inside TLS a record that cannot be read is a loss where others of its side can: else
 * the connection was not decrypted, which is told as such.
 */
class Losses {
  readonly #tell: (words: string, after: number) => void;
  /** Bytes that came of each side, of TCP and inside TLS. */
  readonly #plain = { client: 0, server: 0 };
  readonly #inside = { client: 0, server: 0 };
  /** Frames at which the loss of each side was told, or will be once more comes. */
  readonly #told = { client: 0, server: 0 };
  readonly #waiting: { client?: number; server?: number } = {};

  /** `tell` gets a clause, and the bytes of that side that came before. */
  constructor(tell: (words: string, after: number) => void) {
    this.#tell = tell;
  }

  data(direction: Direction, bytes: number, insideTls: boolean): void {
    if (!insideTls) {
      this.#plain[direction] += bytes;
      return;
    }
    this.#tellWaiting(direction);
    this.#inside[direction] += bytes;
  }

  lost(direction: Direction, bytes: number | undefined, frame: number): void {
    if (bytes === undefined) {
      if (this.#told[direction] === frame) return;
      this.#waiting[direction] = frame;
      if (this.#inside[direction] > 0) this.#tellWaiting(direction);
      return;
    }
    this.#told[direction] = frame;
    delete this.#waiting[direction];
    const words = `${counted(bytes, 'byte')} from the ${direction} ${bytes === 1 ? 'is' : 'are'} missing before frame ${frame}`;
    this.#tell(words, this.#inside[direction] || this.#plain[direction]);
  }

  #tellWaiting(direction: Direction): void {
    const frame = this.#waiting[direction];
    if (frame === undefined) return;
    delete this.#waiting[direction];
    this.#told[direction] = frame;
    this.#tell(
      `what the ${direction} sent inside TLS could not be read from frame ${frame} on`,
      this.#inside[direction],
    );
  }
}

/** Why a connection, or a part of it, is not shown. */
function whyClosed({ tcpStream, connection }: TlsConnectionEvent): string | undefined {
  const { status, reason, detail } = connection.decryption;
  if (status === 'decrypted' || status === 'not_encrypted') return undefined;
  const what = status === 'partial' ? 'was decrypted in part' : 'was not decrypted';
  return `tcp stream ${tcpStream} ${what}: ${reason === undefined ? '' : `${reason}: `}${detail}`;
}

/** Plain bytes held because TLS may still begin: a STARTTLS dialogue has some hundred bytes. */
const MAX_BEFORE_TLS = 64 * 1024;

/** Exact bytes on standard output: what TLS carried, where the stream is TLS or becomes it, else what TCP did. */
function rawSink(): Sink {
  let pieces: Uint8Array[] = [];
  /** Undefined once it is clear whether these bytes are wanted. */
  let plain: Uint8Array[] | undefined = [];
  let plainBytes = 0;
  const flush = async (): Promise<void> => {
    if (pieces.length === 0) return;
    const bytes = Buffer.concat(pieces);
    pieces = [];
    if (!process.stdout.write(bytes)) {
      await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
    }
  };
  return {
    take: (_stream, _direction, data, _frame, insideTls) => {
      if (insideTls) plain = undefined;
      (plain ?? pieces).push(new Uint8Array(data));
      if (plain === undefined) return;
      plainBytes += data.length;
      if (plainBytes <= MAX_BEFORE_TLS) return;
      append(pieces, plain);
      plain = undefined;
    },
    // Raw bytes are all that goes to standard output.
    lost: () => {},
    flush,
    end: async (isTls) => {
      if (!isTls) append(pieces, plain ?? []);
      await flush();
    },
  };
}

/** Text that is safe on a terminal: line by line, a heading wherever the sender changes. */
function textSink(options: FollowOptions): Sink {
  const output = new Output({ color: options.color });
  let sender: Direction | undefined;
  let wasInside = false;
  let line = '';
  const paint = (text: string): Styled => (sender === 'client' ? red(text) : blue(text));
  const endLine = (): void => {
    if (line !== '') output.line(paint(line));
    line = '';
  };
  return {
    take: (stream, direction, data, frame, insideTls) => {
      if (sender === undefined) {
        output.line(
          bold(
            `tcp stream ${stream.index}: ${endpointText(stream.client)} -> ${endpointText(stream.server)}`,
          ),
        );
      }
      if (direction !== sender || insideTls !== wasInside) {
        endLine();
        sender = direction;
        wasInside = insideTls;
        const how = insideTls ? ', inside TLS' : '';
        output.line(dim(`--- ${direction} ${endpointText(stream[direction])}, frame ${frame.number}${how}`));
      }
      const pieces = latin1(data).split('\n');
      pieces.forEach((piece, index) => {
        // A line's own CR is part of its end and not shown; any other is.
        const ends = index < pieces.length - 1;
        line += ends && piece.endsWith('\r') ? piece.slice(0, -1) : piece;
        if (!ends) return;
        output.line(paint(line));
        line = '';
      });
    },
    lost: (words) => {
      endLine();
      // The next bytes get a heading again.
      wasInside = !wasInside;
      output.line(yellow(`--- ${words}`));
    },
    flush: () => output.flush(),
    end: async () => {
      endLine();
      await output.flush();
    },
  };
}
