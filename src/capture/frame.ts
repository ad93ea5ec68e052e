/** One captured frame, as every reader of captures hands it on. */
export type Frame = {
  /** From 1 within the file, as Wireshark numbers: records that hold no packet (custom blocks) count too. */
  readonly number: number;
  /**
   * Whole seconds since the Unix epoch, UTC; negative before 1970. Always within ±8,640,000,000,000, so that a Date
   * can hold it (a pcapng can state years that no calendar has).
   */
  readonly seconds: number;
  /** 0..999_999_999, counted forward from `seconds`. */
  readonly nanoseconds: number;
  /** Decimal digits of the second that the capture has, 0..9: 6 for microseconds, 9 for nanoseconds. */
  readonly timeDigits: number;
  /** Bytes in `data`. */
  readonly capturedLength: number;
  /** Bytes the frame had on the wire; more than `capturedLength` where a snap length cut it. */
  readonly originalLength: number;
  /** LINKTYPE value of the file or of the frame's interface (the tcpdump.org registry). */
  readonly linkType: number;
  /** A view of the reader's memory, valid during the call: who keeps it copies it. */
  readonly data: Uint8Array;
  /** Of `data`, from the start of the uncompressed file. */
  readonly fileOffset: number;
  /** pcapng: which interface, from 0 within its section. */
  readonly interfaceId?: number;
  /** pcapng: the comments written to this frame, one a line. */
  readonly comment?: string;
  /** Set where the capture states no time (a Simple Packet Block); `seconds` and `nanoseconds` are 0 then. */
  readonly untimed?: true;
};
