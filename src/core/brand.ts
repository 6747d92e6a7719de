/**
 * A nominal type: a value of `Base` that has passed the one parser which may make it.
 * The brand exists for the compiler only and costs nothing at run time.
 */
export type Brand<Base, Name extends string> = Base & { readonly __brand: Name };
