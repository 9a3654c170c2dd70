// Verifies a credential with the Digital Bazaar suite, and expands it as JSON-LD, without network.
// usage: node credential.mjs CREDENTIAL CONTEXT     prints {"verified": bool, "error": text or null, "expanded": types}
import {readFileSync} from 'node:fs';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createVerifyCryptosuite} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {named} from '@digitalbazaar/credentials-context';
import * as vc from '@digitalbazaar/vc';
import jsonld from 'jsonld';

const [file, contextFile] = process.argv.slice(2);
const credential = JSON.parse(readFileSync(file, 'utf8'));
const did = credential.issuer.id;
const key = did.slice('did:key:'.length);
const method = {
  '@context': 'https://w3id.org/security/multikey/v1',
  id: `${did}#${key}`, type: 'Multikey', controller: did, publicKeyMultibase: key,
};
const documents = new Map([
  [named.get('v2').id, named.get('v2').context],
  [credential['@context'][1], JSON.parse(readFileSync(contextFile, 'utf8'))],
  [method.id, method],
  [did, {'@context': 'https://www.w3.org/ns/did/v1', id: did, assertionMethod: [method.id], verificationMethod: [method]}],
]);

async function documentLoader(url) {
  if(!documents.has(url)) {
    throw new Error(`not loaded without network: ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document: documents.get(url)};
}

const found = await vc.verifyCredential({credential, suite: new DataIntegrityProof({cryptosuite: createVerifyCryptosuite()}), documentLoader});
let expanded = null;
let error = found.verified ? null : JSON.stringify(found.error?.errors?.map(String) ?? String(found.error));
try {
  // `safe` refuses every word that the contexts do not define.
  expanded = (await jsonld.expand(credential, {documentLoader, safe: true}))[0]['@type'];
} catch(failure) {
  error = String(failure);
}
console.log(JSON.stringify({verified: found.verified, error, expanded}));
