/** What must hold of every output, told apart from how siplens does it: properties of Unicode, and grammars of formats. */
import type { OutputForm } from './commands.js';

/** What commands a terminal, turns text or is not seen. */
const UNSAFE =
  /[\p{Cc}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\ufff9-\ufffb\p{Surrogate}]/u;
/** A style, the one escape sequence that an output may have. */
const STYLE = /\u001b\[[0-9;]{1,8}m/g;

/** Why an output is at fault; undefined where it is not. */
export function faultOf(bytes: Buffer, form: OutputForm): string | undefined {
  const text = bytes.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(bytes)) return 'the output is not UTF-8';
  const bare =
    form === 'terminal' ? text.replace(STYLE, '') : form === 'csv' ? text.replaceAll('\r\n', '\n') : text;
  const unsafe = UNSAFE.exec(bare.replaceAll('\n', ''));
  if (unsafe !== null) return `U+${unsafe[0].codePointAt(0)?.toString(16)} in the output`;
  if (/\[object Object\]/.test(bare)) return 'an object was written as text';
  try {
    if (form === 'ndjson') for (const line of text.split('\n')) if (line !== '') JSON.parse(line);
    if (form === 'json' && text !== '') JSON.parse(text);
  } catch (error) {
    return `the output is no JSON: ${String(error)}`;
  }
  if (form === 'xml' && /&(?!(?:#\d+|amp|lt|gt|quot|apos);)/.test(text)) return 'the output is no XML';
  return undefined;
}
