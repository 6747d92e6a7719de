/**
 * What became of one attempt for one recipient. `status` is an enhanced status code (RFC 3463); `diagnostic` the other
 * side's own words, bounded, for reports and the journal; `remote` who said so, where it was another server.
 */
export type Outcome =
  | {
      readonly kind: "delivered";
      readonly status: string;
      readonly diagnostic: string;
      readonly remote?: string;
    }
  | {
      readonly kind: "deferred";
      readonly status: string;
      readonly diagnostic: string;
      readonly remote?: string;
    }
  | {
      readonly kind: "failed";
      readonly status: string;
      readonly diagnostic: string;
      readonly remote?: string;
    };
