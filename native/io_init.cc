#include <napi.h>

void InitIo(Napi::Env env, Napi::Object exports) {}
