import { Type } from "typebox";

/** Schemas that several use cases share. Every text has a bound. */

/** An e-mail address as text; RFC 5321 4.5.3.1 bounds it at 254 octets. */
export const AddressText = Type.String({ minLength: 1, maxLength: 254 });

/** A domain name as text. */
export const DomainText = Type.String({ minLength: 1, maxLength: 253 });

/** A name of something here: a post office, an administrator. */
export const NameText = Type.String({ minLength: 1, maxLength: 64 });

/** Free words of a person: a label, an owner, a note. */
export const FreeText = Type.String({ maxLength: 200 });

/** An IP address as text. */
export const IpText = Type.String({ minLength: 1, maxLength: 45 });

/** A password: never empty. */
export const PasswordText = Type.String({ minLength: 1, maxLength: 256 });

/** The typed confirmation of a policy that is weak or open. */
export const ConfirmText = Type.Enum(["weak", "open"]);

/** The input of a use case that asks for nothing. */
export const NoInput = Type.Object({});

/** How many rows to give at most. */
export const LimitNumber = Type.Integer({ minimum: 1, maximum: 10_000 });
