/** What a capture may claim before a reader stops believing it. */

/**
 * Largest captured length of one frame. The largest snap length that libpcap and Wireshark use for network link
 * types; a longer one is a damaged length field, and believing it would mean to buffer up to 4 GiB.
 */
export const MAX_CAPTURED_LENGTH = 262_144;

/**
 * Longest pcapng block that is read; a longer one of a type that is not read is passed over. Leaves room for a frame, for long name lists and for the key log of a long run in one block;
 * Wireshark draws the line in the same order of magnitude. It bounds what a reader holds of a block in pieces.
 */
export const MAX_BLOCK_LENGTH = 16 * 1024 * 1024;

/** Most interfaces of one pcapng section: the obsolete Packet Block names them in 16 bits. Each costs memory. */
export const MAX_INTERFACES = 65_536;

/** Most problems told of one file that reading went on after; a damaged file can have one a block. */
export const MAX_PROBLEMS = 100;

/** Longest comment kept of one frame, in bytes: an option can hold no more, and several are joined. */
export const MAX_COMMENT_LENGTH = 65_536;

/** Seconds that a Date can hold, either way from 1970 (ECMA-262, 8.64e15 milliseconds). */
export const MAX_SECONDS = 8_640_000_000_000;
