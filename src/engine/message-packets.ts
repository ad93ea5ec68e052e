import type { AnalyzerEvent } from '../analyzer/events.js';
import { describeWriteError, isClosedPipe } from '../io/file-error.js';
import { messagePackets, type Sequences } from '../report/packets/message-packet.js';
import { PcapngWriter } from '../report/packets/pcapng.js';
import { OutputError } from './output-error.js';
import { describeUnreadPackets, type Sink } from './sink.js';
import { counted } from './tally.js';

/** Saves messages as packets of their own. Throws OutputError where they cannot be written. */
export class MessagePackets {
  readonly #path: string;
  readonly #option: string;
  readonly #tell: (line: string) => void;
  readonly #output: Sink;
  readonly #writer: PcapngWriter;
  readonly #sequences: Sequences = new Map();
  /** Messages that came without addresses, and so have no packet. */
  #leftOut = 0;
  /** Whether the reader of a pipe went away: the records go on without it. */
  #isGone = false;

  /** `path` is the name of `output` for the user, `option` what asked for it; `tell` takes warnings. */
  constructor(
    { path, option }: { readonly path: string; readonly option: string },
    output: Sink,
    tell: (line: string) => void,
  ) {
    this.#path = path;
    this.#option = option;
    this.#tell = tell;
    this.#output = output;
    this.#writer = new PcapngWriter((block) => this.#output.write(block));
  }

  event(event: AnalyzerEvent): void {
    if (event.type !== 'sip_message' || this.#isGone) return;
    const packets = messagePackets(event, this.#sequences);
    if (packets.length === 0) this.#leftOut++;
    for (const packet of packets) this.#writer.frame(packet);
  }

  /** Hands over what there is: once per chunk, so that the reader of a pipe sees it while the capture is read. */
  flush(): Promise<void> {
    return this.#written(() => this.#output.flush());
  }

  /** Writes the rest and tells what there is: by `say` what is no warning. */
  async finish(say: (line: string) => void): Promise<void> {
    if (!this.#isGone) this.#writer.finish();
    await this.#written(() => this.#output.drain());
    await this.#written(async () => this.#output.finish());
    if (this.#isGone) return;
    const unread = this.#output.unread?.();
    if (unread === undefined) say(`${this.#path}: ${counted(this.#writer.frames, 'packet')}`);
    else this.#tell(describeUnreadPackets(this.#path, unread));
    if (this.#leftOut > 0)
      this.#tell(`${this.#leftOut} messages without addresses have no packet in ${this.#path}`);
  }

  discard(): void {
    this.#output.discard();
  }

  async #written(write: () => Promise<void>): Promise<void> {
    if (this.#isGone) return;
    try {
      await write();
    } catch (error) {
      if (!isClosedPipe(error)) throw this.#failure(error);
      this.#isGone = true;
      this.#tell(this.#failure(error).message);
      this.#output.discard();
    }
  }

  #failure(error: unknown): OutputError {
    return new OutputError(`${this.#option} ${describeWriteError(this.#path, error)}`);
  }
}
