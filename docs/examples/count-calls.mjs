// Counts the SIP methods of captures, and tells which TLS connections were not decrypted.
// node count-calls.mjs CAPTURE [KEY]
import { readRecords } from 'siplens';

const [capture, key] = process.argv.slice(2);
const methods = new Map();
for await (const record of readRecords(capture, { keys: key === undefined ? [] : [{ path: key }] })) {
  switch (record.type) {
    case 'sip_message':
      if (record.is_request) methods.set(record.method, (methods.get(record.method) ?? 0) + 1);
      break;
    case 'tls_connection':
      if (record.decryption.reason !== undefined)
        console.log(`${record.client} -> ${record.server}: not decrypted, ${record.decryption.reason}`);
      break;
    case 'error':
      console.error(`${record.file}: ${record.message}`);
  }
}
for (const [method, count] of methods) console.log(`${method}: ${count}`);
