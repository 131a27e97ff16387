/** What a model is told of this server when it connects. */
export const instructions = `Pennyworth is a gateway to language models with exact costs and hard budgets. Every tool acts with the rights and the money of the credential you connect with.

- budget_remaining says what may still be spent; ask it before long work.
- quote says what a call will cost at most, without calling.
- cheapest_model_that finds the cheapest model with the abilities you need; list_models shows all you may call, with prices.
- chat asks a model; the answer's cost is in its structured content.
- usage_by shows what was spent by day, model or key.

A tool error that begins with insufficient_quota means that a budget is used up: asking again does not help before it resets.`;
