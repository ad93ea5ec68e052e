import { certificateText } from '../../authority/certificate-text.js';
import { describeDraftUse } from '../../checks/rules/smime/signer/draft-certificate.js';
import { certificateRecord } from '../../report/records/certificate-record.js';
import { toJson } from '../../report/records/json.js';
import { type Certificate, parseCertificate } from '../../x509/certificate.js';
import { draftUse } from '../../x509/draft-certificates.js';
import { EXIT, type ExitCode, UsageError } from '../exit.js';
import { Output, tell } from '../output/output.js';
import { loadMaterial } from './load.js';
import type { ShowOptions } from './options.js';

/** `siplens certs show`. */
export async function show(files: readonly string[], options: ShowOptions): Promise<ExitCode> {
  if (options.format !== 'text' && options.format !== 'json') {
    throw new UsageError(`--format ${options.format}: choose text or json`);
  }
  const certificates: Certificate[] = [];
  let whole = true;
  for (const file of files) {
    const { privateKeys, certificates: found } = loadMaterial(file, options.password);
    for (const { der } of found) {
      const parsed = parseCertificate(der);
      if (parsed.ok) certificates.push(parsed.value);
      else {
        whole = false;
        tell(`${file}: a certificate cannot be read: ${parsed.error.message}`);
      }
    }
    if (privateKeys.length > 0) tell(`${file}: private keys are not shown (${privateKeys.length} in it)`);
  }
  const output = new Output();
  if (options.format === 'json') {
    const records = certificates.map((certificate) => toJson(certificateRecord(certificate)));
    output.write(records.length === 0 ? '[]\n' : `[\n${records.join(',\n')}\n]\n`);
  } else {
    for (const certificate of certificates) {
      for (const line of certificateText(certificate)) output.line(line);
    }
  }
  for (const certificate of certificates) {
    const use = draftUse(certificate);
    if (use !== undefined) tell(`${describeDraftUse(use, certificate.subject)}: for tests only`);
  }
  await output.flush();
  return whole ? EXIT.done : EXIT.incomplete;
}
