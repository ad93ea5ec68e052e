import type { Frame } from './frame.js';
import { PcapReader } from './pcap.js';
import { PcapngReader } from './pcapng.js';

/** Something in a capture that could not be read. */
export type CaptureProblem = {
  /** A whole sentence, with the frame number and the byte offset where there are some. */
  readonly message: string;
  /** Where in the uncompressed file, in bytes from its start. */
  readonly offset: number;
  /** Number of the frame concerned, as it is or would have been. */
  readonly frame?: number;
  /** Whether reading ended here: nothing after `offset` was looked at. */
  readonly fatal: boolean;
};

/** What a pcapng says that one interface counted, up to some time of the capture. */
export type InterfaceStatistics = {
  /** Which interface, from 0 within its section. */
  readonly interfaceId: number;
  /** Packets received by the interface. */
  readonly received?: number;
  /** Packets dropped by the interface for want of room. */
  readonly dropped?: number;
  /** Packets dropped by the operating system. */
  readonly droppedBySystem?: number;
};

/** Takes what a reader finds, called synchronously from `push` and `end`, in the order of the file. */
export type CaptureHandler = {
  frame(frame: Frame): void;
  /** A Decryption Secrets Block; `bytes` are valid during the call. `TLS_KEY_LOG` is the type that matters here. */
  secrets(type: number, bytes: Uint8Array): void;
  /** Host names of an address (4 or 16 bytes, valid during the call), from a Name Resolution Block. */
  names?(address: Uint8Array, names: readonly string[]): void;
  /** An Interface Statistics Block. */
  interfaceStatistics?(statistics: InterfaceStatistics): void;
  problem(problem: CaptureProblem): void;
};

/**
 * Reads a capture that is pushed to it in chunks of any size. Chunks may be reused once `push` returns. After a fatal
 * problem it ignores what follows. `end` says that the file is over, and tells if it was cut short.
 */
export type CaptureReader = {
  push(chunk: Uint8Array): void;
  end(): void;
  /** Whether what is pushed now would be ignored: after a fatal problem, or after `end`. */
  readonly stopped: boolean;
};

/** `secrets` type of an NSS key log (pcapng, Decryption Secrets Block: "TLSK"). */
export const TLS_KEY_LOG = 0x544c534b;

/** A reader for one file of that kind. */
export function createCaptureReader(kind: 'pcap' | 'pcapng', handler: CaptureHandler): CaptureReader {
  return kind === 'pcap' ? new PcapReader(handler) : new PcapngReader(handler);
}
