/** The TypeScript types of the records, made from their declarations. */
import type { Fields, FieldType, RecordType } from './field.js';
import type { BODY, CERTIFICATE, CHAIN, HEADER, IDENTITY_HEADER } from './parts.js';
import type {
  ENTITY,
  ERROR,
  FINDING_RECORD,
  PACKET,
  POLICY_RESULT,
  SIP_MESSAGE,
  TLS_CONNECTION,
} from './records.js';

/** The type of a value. */
export type ValueOf<Type extends FieldType> = Type extends { readonly kind: 'text' | 'timestamp' }
  ? string
  : Type extends { readonly kind: 'integer' }
    ? number
    : Type extends { readonly kind: 'boolean' }
      ? boolean
      : Type extends { readonly kind: 'choice'; readonly values: readonly (infer Value)[] }
        ? Value
        : Type extends { readonly kind: 'constant'; readonly value: infer Value }
          ? Value
          : Type extends { readonly kind: 'list'; readonly of: infer Of extends FieldType }
            ? readonly ValueOf<Of>[]
            : Type extends { readonly kind: 'object'; readonly fields: infer Of extends Fields }
              ? ObjectOf<Of>
              : Type extends { readonly kind: 'reference'; readonly to: infer To extends keyof References }
                ? References[To]
                : never;

type RequiredNames<Of extends Fields> = {
  [Name in keyof Of]: Of[Name]['isOptional'] extends true ? never : Name;
}[keyof Of];

/** The type of an object with these fields. What is optional may be absent or undefined. */
export type ObjectOf<Of extends Fields> = {
  readonly [Name in RequiredNames<Of>]: ValueOf<Of[Name]['type']>;
} & {
  readonly [Name in Exclude<keyof Of, RequiredNames<Of>>]?: ValueOf<Of[Name]['type']> | undefined;
};

/** What a declaration refers to by name. */
type References = { readonly body: BodyRecord };

export interface BodyRecord extends ObjectOf<(typeof BODY)['fields']> {}
export type HeaderRecord = ValueOf<typeof HEADER>;
export type CertificateRecord = ValueOf<typeof CERTIFICATE>;
export type ChainRecord = ValueOf<typeof CHAIN>;
export type IdentityHeaderRecord = ValueOf<typeof IDENTITY_HEADER>;
export type CmsRecord = NonNullable<BodyRecord['cms']>;

/** The record of a type. */
export type RecordOf<Type extends RecordType> = ObjectOf<Type['fields']>;

export type SipMessageRecord = RecordOf<typeof SIP_MESSAGE>;
export type TlsConnectionRecord = RecordOf<typeof TLS_CONNECTION>;
export type EntityRecord = RecordOf<typeof ENTITY>;
export type FindingRecord = RecordOf<typeof FINDING_RECORD>;
export type PolicyResultRecord = RecordOf<typeof POLICY_RESULT>;
export type PacketRecord = RecordOf<typeof PACKET>;
export type ErrorRecord = RecordOf<typeof ERROR>;

/** Any record of an export. */
export type SiplensRecord =
  | SipMessageRecord
  | TlsConnectionRecord
  | EntityRecord
  | FindingRecord
  | PolicyResultRecord
  | PacketRecord
  | ErrorRecord;
