// What patients choose from, and what is published of their choices.
export type { OfferBook } from "./offers/book.js";
export { decodeOfferBook, encodeOfferBook } from "./offers/book.js";
export type { Menus, MenusDocument, Profile } from "./offers/menus.js";
export { defineMenus } from "./offers/menus.js";
