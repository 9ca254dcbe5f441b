// libcrypto, as Swift imports it.
#pragma once

#if !__has_include(<openssl/evp.h>)
#error "OpenSSL headers not found: apt-get install libssl-dev"
#endif

#include <openssl/opensslv.h>

#if OPENSSL_VERSION_NUMBER < 0x30000000L
#error "OpenSSL is too old, 3.0 or later is needed: apt-get install libssl-dev"
#endif

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
