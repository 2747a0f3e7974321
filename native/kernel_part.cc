#include "kernel_part.h"

#include <cstring>

#include "callback.h"

KernelPart::KernelPart(AddonState& state, uint32_t threads, uint32_t group, Napi::Function deliver)
    : state_(state),
      deliver_(Napi::Persistent(deliver)),
      reaper_(group),
      pool_(threads, [&state] { state.Wake(); }) {}

void KernelPart::Submit(std::unique_ptr<Job> job) {
  if (pending_++ == 0) state_.Ref();
  pool_.Submit(std::move(job));
}

void KernelPart::OnWake(Napi::Env env) {
  const std::vector<std::unique_ptr<Job>> finished = pool_.TakeFinished();
  if (finished.empty()) return;
  const size_t count = finished.size();
  Napi::Float64Array rows = Napi::Float64Array::New(env, count * kRow);
  Napi::Array texts = Napi::Array::New(env, count * 2);
  Napi::Array octets = Napi::Array::New(env, count);
  const Napi::String empty = Napi::String::New(env, "");
  for (size_t i = 0; i < count; i++) {
    const Job& job = *finished[i];
    double* row = rows.Data() + i * kRow;
    row[0] = job.id;
    row[1] = job.failure.error;
    row[2] = job.failure.message;
    memcpy(row + 3, job.result.numbers.data(), sizeof(job.result.numbers));
    const std::string& text = job.failure ? job.failure.detail : job.result.text;
    texts.Set(i * 2, job.failure ? Napi::String::New(env, job.failure.operation) : empty);
    texts.Set(i * 2 + 1, text.empty() ? empty : Napi::String::New(env, text));
    if (!job.result.octets.empty()) {
      Napi::Uint8Array copy = Napi::Uint8Array::New(env, job.result.octets.size());
      memcpy(copy.Data(), job.result.octets.data(), job.result.octets.size());
      octets.Set(i, copy);
    }
  }
  pending_ -= count;
  if (pending_ == 0) state_.Unref();
  CallFromLoop(deliver_, {rows, texts, octets});
}
