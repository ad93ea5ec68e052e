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
    /** What it calls with an `endianness` of ''. */
    readUInt32(at: number): number;
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
  export type PcapParserEvent =
    | ['packetHeader', PcapParserRecord]
    | ['packetData', Uint8Array]
    | ['error', Error]
    | ['globalHeader' | 'packet' | 'end', unknown];
  export type PcapParser = {
    /** Bytes not yet consumed; null before the first chunk. */
    buffer: PcapParserBytes | null;
    /** What it calls to tell an event. */
    emit: (...event: PcapParserEvent) => boolean;
    /** `LE` or `BE` after the file header: the end of the names of the methods by which it reads numbers. */
    endianness: string | null;
  };
  export function parse(input: PcapParserInput): PcapParser;
}
