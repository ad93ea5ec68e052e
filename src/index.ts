/** siplens as a library: docs/library.md. The command line is made of the same parts. */

export { MaterialError, type Materials } from './engine/materials.js';
export type { Included } from './engine/plan.js';
export { type ReadOptions, readRecords } from './engine/read-records.js';
export type {
  BodyRecord,
  CertificateRecord,
  CmsRecord,
  EntityRecord,
  ErrorRecord,
  FindingRecord,
  HeaderRecord,
  PacketRecord,
  PolicyResultRecord,
  SiplensRecord,
  SipMessageRecord,
  TlsConnectionRecord,
} from './report/records/declared/record-types.js';
export { RECORD_FIELDS } from './report/records/field-names.js';
export { recordSchema } from './report/records/schema.js';
