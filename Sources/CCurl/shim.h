// What Swift cannot import of libcurl: its variadic functions, one here per type of argument, and CURLMsg's union.
#pragma once

#if !__has_include(<curl/curl.h>)
#error "libcurl headers not found: apt-get install libcurl4-openssl-dev"
#endif

#include <curl/curl.h>
#include <stdbool.h>

// 7.76: curl_multi_wakeup, the URL parser and times in microseconds are all there.
#if LIBCURL_VERSION_NUM < 0x074C00
#error "libcurl is too old, 7.76 or later is needed: apt-get install libcurl4-openssl-dev"
#endif

static inline CURLcode freshet_easy_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode freshet_easy_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

/// libcurl copies the text.
static inline CURLcode freshet_easy_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

/// libcurl copies the body; set CURLOPT_POSTFIELDSIZE_LARGE first.
static inline CURLcode freshet_easy_set_copied_body(CURL *handle, const void *bytes) {
    return curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, (char *)bytes);
}

static inline CURLcode freshet_easy_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

/// The list must live as long as the transfer.
static inline CURLcode freshet_easy_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

typedef size_t (*freshet_bytes_callback)(char *bytes, size_t size, size_t count, void *context);
typedef curl_socket_t (*freshet_socket_callback)(void *context, curlsocktype purpose, struct curl_sockaddr *address);

static inline CURLcode freshet_easy_set_body_callback(CURL *handle, freshet_bytes_callback callback, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, callback);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
}

static inline CURLcode freshet_easy_set_header_callback(CURL *handle, freshet_bytes_callback callback, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, callback);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_HEADERDATA, context);
}

static inline CURLcode freshet_easy_set_socket_callback(CURL *handle, freshet_socket_callback callback, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, callback);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, context);
}

static inline CURLcode freshet_easy_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode freshet_easy_get_offset(CURL *handle, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(handle, info, value);
}

/// Only http and https, also through a proxy. The textual option came with 7.85 and the older one is deprecated since.
static inline CURLcode freshet_easy_restrict_protocols(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    return curl_easy_setopt(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static inline CURLMcode freshet_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

/// Takes the next finished transfer; false when there is none.
static inline bool freshet_multi_next_finished(CURLM *multi, CURL **handle, CURLcode *result) {
    int remaining = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &remaining)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            *handle = message->easy_handle;
            *result = message->data.result;
            return true;
        }
    }
    return false;
}

/// CURLVERSION_NOW names another constant, which Swift does not import.
static inline curl_version_info_data *freshet_version_info(void) { return curl_version_info(CURLVERSION_NOW); }
