import type { Fault } from '../bytes/fault.js';
import { CMS_FAULTS } from '../cms/faults.js';
import { MIME_FAULTS } from '../mime/faults.js';
import type { Finding, Severity } from '../model/finding.js';
import { SIP_FAULTS } from '../sip/faults.js';
import type { RuleHeader } from './rule.js';
import { TLS_FAULTS } from './tls/faults.js';

/** What a table of faults says of one code. */
export type FaultMeaning = {
  readonly severity: Severity;
  readonly reference: string;
  readonly title: string;
};

/** Faults of TCP and IP that explain a failure above them. */
const STREAM_FAULTS: Record<string, FaultMeaning> = {
  refused: { severity: 'error', reference: 'RFC 9293 §3.5.2', title: 'connection to a SIP port was refused' },
  'not-answered': {
    severity: 'error',
    reference: 'RFC 9293 §3.8.3',
    title: 'connection to a SIP port was not answered',
  },
  gap: { severity: 'warning', reference: 'RFC 9293 §3.4', title: 'segments are missing from the capture' },
  'overlap-conflict': {
    severity: 'warning',
    reference: 'RFC 9293 §3.10.7.4',
    title: 'a segment repeats bytes with other content; the first bytes are kept',
  },
  'before-start': {
    severity: 'info',
    reference: 'RFC 9293 §3.4',
    title: 'bytes from before the first one that was captured',
  },
  'data-after-fin': {
    severity: 'note',
    reference: 'RFC 9293 §3.6',
    title: 'bytes behind the end of the stream',
  },
  'data-after-close': { severity: 'note', reference: 'RFC 9293 §3.6', title: 'bytes of a closed connection' },
  'out-of-window': {
    severity: 'note',
    reference: 'RFC 9293 §3.4',
    title: 'a sequence number far from the others',
  },
  'sequence-jump': {
    severity: 'warning',
    reference: 'RFC 9293 §3.4',
    title: 'the sequence numbers went on elsewhere',
  },
  'buffer-limit': {
    severity: 'warning',
    reference: 'RFC 9293 §3.8.6',
    title: 'a hole in the stream was given up',
  },
  'let-go': {
    severity: 'warning',
    reference: 'RFC 9293 §3.6',
    title: 'siplens let go of a connection that was open',
  },
  skipped: { severity: 'warning', reference: 'RFC 3261 §18.3', title: 'bytes between messages are no SIP' },
  'sip-inside': {
    severity: 'note',
    reference: 'RFC 3261 §18',
    title: 'SIP text inside another protocol',
  },
  'made-packet': {
    severity: 'info',
    reference: 'RFC 1122 §3.2.1.2',
    title: 'packets that an application made',
  },
  'fragments-missing': {
    severity: 'warning',
    reference: 'RFC 791 §3.2',
    title: 'fragments of a datagram are missing',
  },
  'fragment-overlap': {
    severity: 'note',
    reference: 'RFC 5722 §3',
    title: 'fragments of a datagram overlap',
  },
  'fragment-overlap-conflict': {
    severity: 'warning',
    reference: 'RFC 5722 §3',
    title: 'fragments of a datagram overlap with other bytes',
  },
  'fragment-malformed': {
    severity: 'warning',
    reference: 'RFC 791 §3.2',
    title: 'a fragment contradicts the others of its datagram',
  },
  'too-many-findings': { severity: 'info', reference: '', title: 'findings were left out' },
};

const UNKNOWN: FaultMeaning = { severity: 'note', reference: '', title: '' };

/** A fault as a finding of the rule `folder/code`. */
function faultFinding(
  folder: string,
  table: Readonly<Record<string, FaultMeaning>>,
  fault: Pick<Fault, 'code' | 'message'>,
  where: string | undefined,
): Finding {
  const { severity, reference } = table[fault.code] ?? UNKNOWN;
  return {
    rule: `${folder}/${fault.code}`,
    severity,
    summary: fault.message,
    reference: reference === '' ? undefined : reference,
    where,
  };
}

export function sipFinding(fault: Fault): Finding {
  return faultFinding('sip', SIP_FAULTS, fault, fault.where);
}

/** `path` is that of the body in the JSON. */
export function bodyFinding(fault: Fault, path: string): Finding {
  return faultFinding(
    'mime',
    MIME_FAULTS,
    fault,
    fault.where === undefined ? path : `${path} ${fault.where}`,
  );
}

export function cmsFinding(fault: Fault, path: string): Finding {
  return faultFinding('cms', CMS_FAULTS, fault, fault.where === undefined ? path : `${path} ${fault.where}`);
}

/** A rule of TLS that one side of a connection broke. */
export function tlsFinding(fault: {
  readonly code: string;
  readonly message: string;
  readonly frame: { readonly number: number };
}): Finding {
  return faultFinding('tls', TLS_FAULTS, fault, `frame ${fault.frame.number}`);
}

/** A fault of TCP reassembly (with its stream), of IP fragments, or of the capture. */
export function streamFinding(
  fault: { readonly code: string; readonly message: string; readonly frame?: number | undefined },
  stream?: number,
): Finding {
  const places = [
    ...(fault.frame === undefined ? [] : [`frame ${fault.frame}`]),
    ...(stream === undefined ? [] : [`tcp stream ${stream}`]),
  ];
  const folder = stream === undefined ? 'ip' : 'tcp';
  return faultFinding(folder, STREAM_FAULTS, fault, places.length === 0 ? undefined : places.join(', '));
}

const FOLDER_EXPLANATIONS = {
  sip: 'A fault of SIP syntax or framing. The message is shown as far as it could be read; other stacks may refuse it.',
  mime: 'A fault of a MIME body. What could be read of it is shown; other readers may see another body.',
  cms: 'A fault of a CMS structure. What could be read of it is shown; strict readers refuse it.',
  tcp: 'A fact about the TCP segments in the capture that may explain what is missing or odd above them.',
  ip: 'A fact about IP fragments in the capture that may explain why a message is missing.',
} as const;

/** Every fault that becomes a finding, as if it were a rule. */
export function faultRules(): readonly RuleHeader[] {
  const entries = (folder: keyof typeof FOLDER_EXPLANATIONS, table: Readonly<Record<string, FaultMeaning>>) =>
    Object.entries(table).map(
      ([code, { severity, reference, title }]): RuleHeader => ({
        id: `${folder}/${code}`,
        severity,
        ...(reference === '' ? {} : { reference }),
        title,
        explanation: FOLDER_EXPLANATIONS[folder],
      }),
    );
  const isOfIp = (code: string): boolean => code.startsWith('fragment') || code === 'made-packet';
  const stream = Object.entries(STREAM_FAULTS);
  return [
    ...entries('sip', SIP_FAULTS),
    ...entries('mime', MIME_FAULTS),
    ...entries('cms', CMS_FAULTS),
    ...entries('tcp', Object.fromEntries(stream.filter(([code]) => !isOfIp(code)))),
    ...entries('ip', Object.fromEntries(stream.filter(([code]) => isOfIp(code)))),
  ];
}
