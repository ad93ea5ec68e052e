import type { BodyRule } from '../../rule.js';

export const handlingNotRequired: BodyRule = {
  on: 'body',
  id: 'smime/handling-not-required',
  severity: 'note',
  reference: 'RFC 3261 §23.3',
  title: 'S/MIME part is not marked handling=required',
  explanation:
    'S/MIME bodies should have a Content-Disposition with handling=required: a receiver that knows no S/MIME then ' +
    'answers 415 and the sender learns of it (RFC 3261 §8.2.3). With handling=optional the part is ignored silently.',
  check(body, path, report) {
    // CMS inside CMS, or a file that is CMS alone, has no headers at all.
    if (body.cms === undefined || body.contentType === undefined) return;
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
