/**
 * What the carrier of a CMS body knows of the bytes around it. From these the files of this folder make what a sender may
 * have signed or encrypted, and name the mistake that explains why a signature fails, a body cannot be decrypted or a
 * structure cannot be parsed. Pure functions over what evaluateCms saw; nothing here changes a verdict.
 */

/**
 * The bytes around a detached signature, as the MIME side supplies them. All but `part` may be left out; forms that
 * follow from the part (line ends, folding, white space) are made here.
 */
export type SignedVariants = {
  /** The signed part as it stood: headers, blank line, body. What RFC 8551 §3.5.3 says is signed. */
  readonly part: Uint8Array;
  /** The part and the line end that belongs to the boundary after it. */
  readonly withBoundaryLineEnd?: Uint8Array;
  /** The part's body with its transfer encoding undone, where it had one. */
  readonly decodedBody?: Uint8Array;
  /**
   * The multipart as a signer may have had it, boundaries and all. It had no signature to put in yet, so the forms
   * without the signature part come first.
   */
  readonly multiparts?: readonly Uint8Array[];
  /** The whole message or entity around the multipart, headers too. */
  readonly enclosing?: Uint8Array;
  /** The part's Content-Transfer-Encoding, lower-case. */
  readonly transferEncoding?: string;
  /** The micalg parameter of the multipart/signed, as written. */
  readonly micalg?: string;
};

/** What the carrier knows of a body that does not parse or does not decrypt. */
export type CarriedVariants = {
  /** The Content-Length, or other length, that the carrier stated for the body. */
  readonly declaredLength?: number | undefined;
  /** The body's Content-Transfer-Encoding, lower-case. */
  readonly transferEncoding?: string | undefined;
  /** Octets behind the body that are in no other message or part: the rest of it, where its stated length is too small. */
  readonly behind?: Uint8Array | undefined;
};
