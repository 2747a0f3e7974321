{
  "targets": [
    {
      "target_name": "kernel_l2tp",
      "sources": ["<!@(ls native/*.cc)"],
      "include_dirs": ["<!@(node -p \"require('node-addon-api').include\")"],
      "defines": ["NAPI_VERSION=9", "NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED"],
      "cflags_cc": ["-std=c++20", "-Wall", "-Wextra", "-Wno-unused-parameter", "-fno-exceptions", "-fno-rtti", "-O2"],
      "cflags_cc!": ["-std=gnu++17", "-fexceptions"]
    }
  ]
}
