/** Every limit of this folder, each with its reason. Lengths in bytes. */

/** Longest record fragment: 2^14 + 2048 (RFC 5246 §6.2.3); a longer one is not TLS. */
export const MAX_FRAGMENT = 0x4000 + 2048;

/** Longest plaintext of a record (RFC 5246 §6.2.1): what decompression may come to. */
export const MAX_PLAINTEXT = 0x4000;

/** Longest handshake message: OpenSSL takes 100 KiB of certificates; chains in use have some ten. */
export const MAX_HANDSHAKE_MESSAGE = 128 * 1024;

/** Handshake bytes kept for Finished, CertificateVerify and the extended master secret; two full chains fit. */
export const MAX_TRANSCRIPT = 512 * 1024;

/** Handshakes inside one connection that are followed: nobody renegotiates this often but to do harm. */
export const MAX_HANDSHAKES = 64;

/** Records and handshake messages a connection lists for the flow; a chatty connection has more, which are counted. */
export const MAX_STEPS = 512;

/** Bytes of handshake messages that a connection's steps may keep, so that many large ones cannot fill the memory. */
export const MAX_STEP_BYTES = 256 * 1024;

/** Alerts, failures and gaps a connection lists; the rest is counted. */
export const MAX_LISTED = 64;

/** Certificates a connection keeps of each side. Chains of more than five do not occur. */
export const MAX_CERTIFICATES = 16;

/** Ciphertext one connection keeps while its secret may still turn up. */
export const MAX_HELD_PER_CONNECTION = 4 * 1024 * 1024;

/** Ciphertext all connections together keep. When it is full, the connection that has waited longest lets go. */
export const MAX_HELD = 128 * 1024 * 1024;

/** Counted for each record held besides its bytes, and for each connection that holds any: what JavaScript takes for them. */
export const HELD_RECORD_OVERHEAD = 256;
export const HELD_CONNECTION_OVERHEAD = 24 * 1024;

/**
 * Counted for an open connection besides what it buffers, and for each of its steps: what JavaScript takes for them,
 * measured with the hello of a browser (14 KB of heap) and rounded up.
 */
export const TLS_SESSION_OVERHEAD = 16 * 1024;
export const STEP_OVERHEAD = 512;

/** Sessions remembered for resumption, some 160 bytes each; the oldest are forgotten. */
export const MAX_SESSIONS = 100_000;

/** Results of RSA decryption remembered, some 160 bytes each: as far as a thread may decrypt ahead of the analysis. */
export const MAX_PREMASTERS = 20_000;

/** Longest OCSP response kept: one with its signer's certificate has 2 KiB. */
export const MAX_OCSP_RESPONSE = 16 * 1024;

/** Parsed certificates shared by connections, some 10 kB each: one server's connections all show the same. */
export const MAX_PARSED_CERTIFICATES = 1000;

/** Record numbers tried after a gap, over the whole connection; each costs a MAC or a decryption of some microseconds. */
export const MAX_RESYNC_TRIALS = 20_000;

/** Private keys tried on a premaster secret when no certificate says which: one RSA operation each. */
export const MAX_KEYS_TRIED = 64;

/** Early data kept until the server says whether it takes it; the usual max_early_data_size is 16 KiB. */
export const MAX_EARLY_DATA = 64 * 1024;

/**
 * Bytes of a connection that wait for what they answer, each record with its overhead: two taps are seconds apart, and SIP
 * sends no more in that time. More means that one direction alone was captured.
 */
export const MAX_EARLY_BYTES = 1024 * 1024;
