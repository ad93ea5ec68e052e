/** What siplens uses of pcap-parser 0.2.1, which ships no types. */
declare module 'pcap-parser' {
  /** What pcap-parser calls of the Buffers that its stream gives it, unless it has to join two of them. */
  export type PcapParserBytes = {
    readonly length: number;
    /** Drops bytes from the front; the parser never looks at the receiver again. */
    slice(start: number): PcapParserBytes;
    slice(start: number, end: number): Uint8Array;
    readUInt16LE(at: number): number;
    readUInt16BE(at: number): number;
    readUInt32LE(at: number): number;
    readUInt32BE(at: number): number;
    readInt32LE(at: number): number;
    readInt32BE(at: number): number;
    toString(encoding: BufferEncoding, start: number, end: number): string;
  };
  /** The parser takes `capturedLength` from this very object after the event, so listeners can change it. */
  export type PcapParserRecord = {
    readonly timestampSeconds: number;
    readonly timestampMicroseconds: number;
    capturedLength: number;
    originalLength: number;
  };
  export type PcapParserInput = {
    pause(): void;
    resume(): void;
    on(event: string, listener: (bytes: PcapParserBytes) => void): void;
  };
  export type PcapParser = {
    /** Bytes not yet consumed; null before the first chunk. */
    buffer: PcapParserBytes | null;
    on(event: 'packetHeader', listener: (record: PcapParserRecord) => void): PcapParser;
    on(event: 'packetData', listener: (data: Uint8Array) => void): PcapParser;
    on(event: 'error', listener: (error: Error) => void): PcapParser;
  };
  export function parse(input: PcapParserInput): PcapParser;
}
