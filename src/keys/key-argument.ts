/**
 * Splits `FILE:PASSWORD`. Paths and passwords may both hold colons: the longest part that `exists` as a file is the
 * path. Where none exists the text is cut at its first colon (a drive letter's aside), so that an error message that
 * names the path does not show a password.
 */
export function splitKeyArgument(
  text: string,
  exists: (path: string) => boolean,
): { readonly path: string; readonly password?: string } {
  if (exists(text)) return { path: text };
  for (let colon = text.lastIndexOf(':'); colon > 0; colon = text.lastIndexOf(':', colon - 1)) {
    const path = text.slice(0, colon);
    if (exists(path)) return { path, password: text.slice(colon + 1) };
  }
  const drive = /^[A-Za-z]:[\\/]/.test(text);
  const first = text.indexOf(':', drive ? 2 : 0);
  return first <= 0 ? { path: text } : { path: text.slice(0, first), password: text.slice(first + 1) };
}
