#pragma once

#include <napi.h>

#include <initializer_list>

/// Calls JavaScript from the loop. What it throws goes where JavaScript's own uncaught exceptions go.
///
/// Not by `Napi::Function::Call`: without C++ exceptions that ends the whole process when the call is cut
/// short because the environment ends (process.exit() or terminate() in a Worker).
void CallFromLoop(const Napi::FunctionReference& function, std::initializer_list<napi_value> arguments);
