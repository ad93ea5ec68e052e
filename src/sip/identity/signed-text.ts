/** A text that a signer may have signed, with what it is called. */
export type SignedText = { readonly name: string; readonly bytes: Uint8Array };

/** Bytes of base64 or base64url text; undefined where it is neither. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text === '' || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}

export function base64Url(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url');
}
