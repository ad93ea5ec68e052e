import { append } from '../../bytes/append.js';
import { type ByteSource, derivedField, type Field } from '../../bytes/field.js';
import { counted, utf8OrUndefined } from '../../bytes/text.js';
import { describeCms } from '../../cms/describe.js';
import { type Cms, isEncrypted, type Verdict } from '../../cms/model.js';
import { describeHeaders } from '../../mime/describe.js';
import { type Body, shownBytes } from '../../model/body.js';
import { describeSip } from '../../sip/describe.js';
import type { Certificate } from '../../x509/certificate.js';
import type { ChainVerdict } from '../../x509/chain.js';
import type { IdentityVerdict } from '../../x509/identity.js';

/** Lines of a text body shown in a tree; the rest is in the hex view and the JSON. */
const MAX_SHOWN_LINES = 200;

/** A body and all that is inside it as fields. */
export function bodyFields(body: Body, name: string): readonly Field[] {
  const { source } = body;
  const size = body.end - body.bodyStart;
  const type = body.contentTypeText ?? body.contentType?.mediaType;
  const children: Field[] = [];
  if (body.start < body.bodyStart) append(children, describeHeaders(source, body.start, body.bodyStart));
  if (body.sip !== undefined) append(children, tunnelledFields(body));
  const [tunnelled] = body.contentType?.mediaType === 'message/cpim' ? body.parts : [];
  if (tunnelled !== undefined) append(children, describeHeaders(tunnelled.source, 0, tunnelled.start));
  for (const [index, part] of body.parts.entries()) append(children, bodyFields(part, `Part ${index + 1}`));
  if (body.cms !== undefined) append(children, cmsFields(body, body.cms));
  else if (body.parts.length === 0) append(children, textFields(body));
  return [
    {
      name,
      value: `${type === undefined ? '' : `${type}, `}${counted(size, 'byte')}`,
      start: body.start,
      length: body.end - body.start,
      source,
      children,
    },
  ];
}

function tunnelledFields(body: Body): readonly Field[] {
  return body.sip === undefined
    ? []
    : describeSip({ name: 'Tunnelled SIP message', bytes: body.bytes }, body.sip);
}

/** The lines of a text, or nothing for what is not text. */
function textFields(body: Body): Field[] {
  const decoded = body.bytes.length !== body.end - body.bodyStart;
  const source: ByteSource = decoded ? { name: 'Decoded body', bytes: body.bytes } : body.source;
  const base = decoded ? 0 : body.bodyStart;
  if (utf8OrUndefined(body.bytes) === undefined) {
    const value = `${counted(body.bytes.length, 'byte')}, not text`;
    return [{ name: 'Data', value, start: base, length: body.bytes.length, source, children: [] }];
  }
  const fields: Field[] = [];
  let start = 0;
  const shown = shownBytes(body);
  while (start < shown.length && fields.length < MAX_SHOWN_LINES) {
    const newline = shown.indexOf(0x0a, start);
    const next = newline < 0 ? shown.length : newline + 1;
    const line = utf8OrUndefined(body.bytes.subarray(start, next)) ?? '';
    fields.push({
      name: line.replace(/\r?\n$/, ''),
      start: base + start,
      length: next - start,
      source,
      children: [],
    });
    start = next;
  }
  if (start < body.bytes.length)
    fields.push(derivedField(source, `... ${body.bytes.length - start} more bytes`));
  return fields;
}

/** The chain, and of one that is valid what is known of revocation: of others the chain says it. */
function chainFields(source: ByteSource, chain: ChainVerdict | undefined): Field[] {
  if (chain === undefined) return [];
  const field = derivedField(source, 'Certificate Chain', `${chain.status}: ${chain.reason}`);
  const { revocation } = chain;
  if (revocation === undefined || chain.status !== 'valid') return [field];
  return [field, derivedField(source, 'Revocation', `${revocation.status}: ${revocation.reason}`)];
}

function cmsFields(body: Body, cms: Cms): Field[] {
  const source: ByteSource = { name: 'CMS', bytes: body.bytes };
  const fields: Field[] = [];
  if (cms.contentType === 'signed_data') {
    for (const [index, signer] of cms.signers.entries()) {
      const who = signer.certificate?.subject ?? signer.issuer ?? 'unknown signer';
      fields.push({
        ...derivedField(source, `Signature ${signer.signature}`, who, [
          derivedField(source, 'Reason', signer.reason),
          derivedField(source, 'Digest Algorithm', signer.digestAlgorithm),
          derivedField(source, 'Signature Algorithm', signer.signatureAlgorithm),
          ...datesFields(source, signer.certificate, body),
          ...chainFields(source, signer.chain),
          ...identityFields(source, body.identities[index]),
        ]),
        ...(signer.signature === 'invalid' ? { severity: 'error' as const } : {}),
      });
    }
  }
  if (isEncrypted(cms)) {
    const { status, reason } = cms.decryption;
    const name = status === 'decrypted' ? 'Decrypted' : 'Not decrypted';
    fields.push(
      derivedField(source, name, reason, [
        derivedField(source, 'Content Encryption Algorithm', cms.contentEncryptionAlgorithm),
      ]),
    );
  }
  if (cms.contentType === 'digested_data') {
    fields.push(verdictField(source, 'Digest', cms.digest, cms.reason, cms.digestAlgorithm));
  }
  if (cms.contentType === 'authenticated_data') {
    fields.push(verdictField(source, 'MAC', cms.mac, cms.reason, cms.macAlgorithm));
  }
  for (const { sentence } of body.mistakes) {
    fields.push({ ...derivedField(source, 'Mistake', sentence), severity: 'error' });
  }
  if (body.repaired !== undefined) append(fields, bodyFields(body.repaired, 'With the damage undone'));
  if (body.content !== undefined) append(fields, bodyFields(body.content, body.content.source.name));
  append(fields, describeCms(source, cms));
  return fields;
}

/** The verdict on a digest or MAC, with its algorithm inside. */
function verdictField(
  source: ByteSource,
  what: 'Digest' | 'MAC',
  verdict: Verdict,
  reason: string,
  algorithm: string,
): Field {
  const inside = [derivedField(source, `${what} Algorithm`, algorithm)];
  const field = derivedField(source, `${what} ${verdict}`, reason, inside);
  return verdict === 'invalid' ? { ...field, severity: 'error' } : field;
}

function identityFields(source: ByteSource, identity: IdentityVerdict | undefined): Field[] {
  if (identity === undefined) return [];
  const { status, expected, found } = identity;
  return [
    derivedField(source, 'Identity', `${status}: expected ${expected}, found ${found.join(', ') || 'none'}`),
  ];
}

/** The dates of the signer's certificate, judged at the time of the message and at that of the run. */
function datesFields(
  source: ByteSource,
  certificate: Certificate | undefined,
  { judgedAt, now }: Body,
): Field[] {
  if (certificate === undefined || judgedAt === undefined || now === undefined) return [];
  const { notBefore, notAfter, notBeforeSeconds, notAfterSeconds } = certificate;
  const at = (seconds: number): string =>
    seconds < notBeforeSeconds ? 'not yet valid' : seconds > notAfterSeconds ? 'expired' : 'valid';
  const then = new Date(judgedAt * 1000).toISOString().replace('.000Z', 'Z');
  const verdicts = `${at(judgedAt)} at ${then}, ${at(now)} now`;
  return [derivedField(source, 'Certificate Dates', `${notBefore} to ${notAfter}: ${verdicts}`)];
}
