#pragma once

namespace tern::test {

/// Does what lines of standard input say, one step each, with Tern's client, and answers as
/// real_client's `script` does (peers/README.md): `ok ...` or `error REASON` at the end of each.
void run_steps();

}  // namespace tern::test
