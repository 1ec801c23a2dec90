// publication: documents by their hash.
import type { RegisterPublication } from "../codec/calls.js";
import { publicationHash } from "../codec/publication.js";
import { mapGet, mapSet } from "./persistent-map.js";
import { type CallResult, reject } from "./result.js";
import type { CallContext, ContractState } from "./state.js";

export function registerPublication(
  state: ContractState,
  { publication: document }: RegisterPublication,
  { signer: by, time: registeredAt }: CallContext,
): CallResult {
  const publication = publicationHash(document);
  if (mapGet(state.publications, publication) !== undefined) {
    return reject("EMRX_PUBLICATION_KNOWN", `publication ${publication} is on the ledger already`);
  }
  const publications = mapSet(state.publications, publication, {
    publication,
    document,
    by,
    registeredAt,
  });
  return {
    state: { ...state, publications },
    events: [{ type: "publication.registered", publication, by }],
  };
}
