import type { AnalyzerEvent } from '../analyzer/events.js';
import type { Frame } from '../capture/frame.js';
import { createCaptureReader } from '../capture/reader.js';
import { describeWriteError } from '../io/file-error.js';
import { mergeCaptures } from '../io/merge.js';
import { openFile } from '../io/source.js';
import { formatAddress } from '../net/address.js';
import { PacketDecoder } from '../net/decoder.js';
import { PcapngWriter } from '../report/pcapng.js';
import { counted } from './batch-plan.js';
import type { Stop } from './batch-run.js';
import { UsageError } from './exit.js';
import { tell, type Unread } from './output.js';
import { describeUnreadPackets, isClosedPipe, packetSink } from './sink.js';

/**
 * Which frames `--write` saves. Without a filter all; else the frames of what passes it, and of a TCP connection all
 * its frames, as a message cannot be put together or decrypted from its own alone.
 */
export class FrameSelection {
  readonly #takesAll: boolean;
  readonly #frames = new Map<string, Set<number>>();
  /** Endpoints of connections of which something passed, as `connectionKey` writes them. */
  readonly #connections = new Set<string>();
  readonly #keyLog: string[] = [];
  readonly #decoder = new PacketDecoder();

  constructor(takesAll: boolean) {
    this.#takesAll = takesAll;
  }

  /** Secrets of the connections that are saved, as lines of an NSS key log. */
  get keyLog(): readonly string[] {
    return this.#keyLog;
  }

  /** Takes an event of which is known whether it passes the filter. */
  event(event: AnalyzerEvent, passes: boolean): void {
    if (event.type === 'tls_connection') {
      const { client, server } = event;
      const key = connectionKey(client.address, client.port, server.address, server.port);
      if (passes) this.#connections.add(key);
      if (this.#takesAll || this.#connections.has(key))
        for (const line of event.keyLogLines()) this.#keyLog.push(line);
    }
    if (this.#takesAll || !passes || event.type !== 'sip_message') return;
    for (const frame of event.frames) this.frame(event.file, frame);
    const { source, destination, tcpStream } = event;
    if (tcpStream === undefined || source === undefined || destination === undefined) return;
    this.#connections.add(connectionKey(source.address, source.port, destination.address, destination.port));
  }

  /** Takes one frame, as one whose packet record passes. */
  frame(file: string, frame: number): void {
    if (this.#takesAll) return;
    const frames = this.#frames.get(file);
    if (frames === undefined) this.#frames.set(file, new Set([frame]));
    else frames.add(frame);
  }

  has(file: string, frame: Frame): boolean {
    if (this.#takesAll || this.#frames.get(file)?.has(frame.number) === true) return true;
    if (this.#connections.size === 0) return false;
    const decoder = this.#decoder;
    decoder.decode(frame.linkType, frame.data);
    if (decoder.outcome !== 'tcp') return false;
    const { addressBytes, sourceOffset, destinationOffset, addressLength } = decoder;
    const key = connectionKey(
      formatAddress(addressBytes, sourceOffset, addressLength),
      decoder.sourcePort,
      formatAddress(addressBytes, destinationOffset, addressLength),
      decoder.destinationPort,
    );
    return this.#connections.has(key);
  }
}

/** The same for both directions. */
function connectionKey(a: string, aPort: number, b: string, bPort: number): string {
  const [one, other] = [`${a} ${aPort}`, `${b} ${bPort}`];
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}

type WriteOptions = {
  readonly merge: boolean;
  readonly signal: AbortSignal;
  /** Where the first pass was interrupted. */
  readonly stop: Stop | undefined;
};

type WrittenFrames = {
  readonly count: number;
  /** Where this pass was interrupted itself, as a clause. */
  readonly stoppedAt: string | undefined;
  /** What the reader of a pipe took, where it was given up. */
  readonly unread: Unread | undefined;
};

/**
 * Reads captures again and saves what was selected as pcapng, the secrets first. The file appears when it is whole, or
 * with the whole packets up to an interruption. Where the first pass stopped at `stop` this one goes as far, and no
 * signal that was there before ends it.
 */
async function writeFrames(
  path: string,
  files: readonly string[],
  selection: FrameSelection,
  options: WriteOptions,
): Promise<WrittenFrames> {
  const { merge, signal, stop } = options;
  const output = packetSink(path, signal, { isSecret: selection.keyLog.length > 0 });
  try {
    const writer = new PcapngWriter((block) => output.write(block));
    writer.secrets(selection.keyLog);
    let last = Number.POSITIVE_INFINITY;
    let read = 0;
    let stoppedAt: string | undefined;
    const take = (frame: Frame, file: string): void => {
      if (frame.number > last) return;
      read = frame.number;
      if (selection.has(file, frame)) writer.frame(frame);
    };
    /** Whether this pass is over, after a chunk of a file. */
    const isOver = (file: string): boolean => {
      if (stop === undefined && signal.aborted) stoppedAt = `at frame ${read} of ${file}`;
      return stoppedAt !== undefined || read >= last;
    };
    const quiet = { secrets: () => {}, problem: () => {} };
    if (merge) {
      last = stop?.frames ?? last;
      let current = '';
      const frame = (one: Frame, file: string): void => {
        current = file;
        take(one, file);
      };
      const afterChunk = async (): Promise<boolean> => {
        await output.flush();
        return !isOver(current);
      };
      await mergeCaptures(files, { ...quiet, frame, afterChunk });
    } else {
      let opened = 0;
      for (const name of files) {
        if (stoppedAt !== undefined || opened === stop?.opened) break;
        const input = await openFile(name);
        if (!input.ok) continue;
        if (++opened === stop?.opened) last = stop.frames;
        const { kind, chunks } = input.file;
        if (kind !== 'pcap' && kind !== 'pcapng') {
          await input.file.close();
          continue;
        }
        read = 0;
        const reader = createCaptureReader(kind, {
          ...quiet,
          frame: (frame) => take(frame, input.file.name),
        });
        for await (const chunk of chunks) {
          reader.push(chunk);
          await output.flush();
          if (isOver(name)) break;
        }
      }
    }
    writer.finish();
    await output.drain();
    output.finish();
    return { count: writer.frames, stoppedAt, unread: output.unread?.() };
  } catch (error) {
    output.discard();
    throw error;
  }
}

/** Saves the selected frames (`--write`) and tells what became of them: by `say` what is no warning. */
export async function saveFrames(
  path: string,
  files: readonly string[],
  selection: FrameSelection,
  options: WriteOptions & { readonly say: (line: string) => void },
): Promise<void> {
  const { say, stop } = options;
  try {
    const { count, stoppedAt, unread } = await writeFrames(path, files, selection, options);
    const place = stop === undefined ? '' : ' of what was read';
    const secrets = counted(selection.keyLog.length, 'line');
    if (unread === undefined) say(`${path}: ${counted(count, 'packet')}${place}, ${secrets} of TLS secrets`);
    const kept =
      unread === undefined ? 'the packets before it are saved' : describeUnreadPackets(path, unread);
    if (stoppedAt !== undefined)
      tell(`interrupted ${stoppedAt} while packets were saved in ${path}; ${kept}, all records are put out`);
    else if (unread !== undefined) tell(kept);
  } catch (error) {
    const sentence = `--write ${describeWriteError(path, error)}`;
    if (!isClosedPipe(error)) throw new UsageError(sentence);
    tell(sentence);
  }
}
