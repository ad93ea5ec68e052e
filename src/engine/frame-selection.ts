import type { AnalyzerEvent } from '../analyzer/events.js';
import type { Frame } from '../capture/frame.js';
import { formatAddress } from '../net/address.js';
import { PacketDecoder } from '../net/decoder.js';

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
