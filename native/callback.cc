#include "callback.h"

void CallFromLoop(const Napi::FunctionReference& function, std::initializer_list<napi_value> arguments) {
  const napi_env env = function.Env();
  napi_value receiver;
  napi_value callee;
  if (napi_get_undefined(env, &receiver) != napi_ok ||
      napi_get_reference_value(env, function, &callee) != napi_ok || !callee) {
    return;
  }
  if (napi_call_function(env, receiver, callee, arguments.size(), arguments.begin(), nullptr) !=
      napi_pending_exception) {
    return;
  }
  napi_value error;
  if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
}
