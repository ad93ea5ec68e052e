import type { BodyRule } from '../rule.js';

export const handlingNotRequired: BodyRule = {
  on: 'body',
  id: 'smime/handling-not-required',
  severity: 'note',
  reference: 'RFC 3261 §23.2',
  title: 'S/MIME part is not marked handling=required',
  explanation:
    'A receiver that cannot read an S/MIME part may ignore it silently unless its Content-Disposition says ' +
    'handling=required; with it, the receiver answers 415 (RFC 3261 §20.11).',
  check(body, path, report) {
    if (body.cms === undefined) return;
    const disposition = body.headers.find(({ canonicalName }) => canonicalName === 'content-disposition');
    // Without the parameter RFC 3261 §20.11 means handling=required; only another value lets the part be ignored.
    if (disposition === undefined) report('the S/MIME part has no Content-Disposition', path, 'info');
    else if (/;\s*handling\s*=\s*"?optional/i.test(disposition.value)) {
      report(`Content-Disposition is "${disposition.value}": the part may be ignored silently`, path);
    } else if (!/;\s*handling\s*=\s*"?required/i.test(disposition.value)) {
      report(`Content-Disposition is "${disposition.value}", without handling=required`, path);
    }
  },
};
