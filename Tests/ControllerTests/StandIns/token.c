/* A stand-in for a FIDO token: a middleware of OpenSSH's (SSH_SK_PROVIDER, PROTOCOL.u2f) that holds Ed25519 keys. A
 * key's handle is its seed, so nothing has to be kept, as in tokens that wrap their keys. It counts as touched whenever
 * a touch is asked for. */
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { apiVersion = 0x000a0000, ed25519 = 1, seedLength = 32, publicLength = 32, signatureLength = 64 };
enum { general = -1, unsupported = -2 };

struct sk_option;
struct sk_resident_key;

struct sk_enroll_response {
    uint8_t flags;
    uint8_t *public_key;
    size_t public_key_len;
    uint8_t *key_handle;
    size_t key_handle_len;
    uint8_t *signature;
    size_t signature_len;
    uint8_t *attestation_cert;
    size_t attestation_cert_len;
    uint8_t *authdata;
    size_t authdata_len;
};

struct sk_sign_response {
    uint8_t flags;
    uint32_t counter;
    uint8_t *sig_r;
    size_t sig_r_len;
    uint8_t *sig_s;
    size_t sig_s_len;
};

uint32_t sk_api_version(void) { return apiVersion; }

int sk_enroll(
    uint32_t algorithm, const uint8_t *challenge, size_t challengeLength, const char *application, uint8_t flags,
    const char *pin, struct sk_option **options, struct sk_enroll_response **answer) {
    if (algorithm != ed25519) return unsupported;
    struct sk_enroll_response *response = calloc(1, sizeof *response);
    if (!response) return general;
    response->flags = flags;
    response->key_handle = malloc(seedLength);
    response->key_handle_len = seedLength;
    response->public_key = malloc(publicLength);
    response->public_key_len = publicLength;
    size_t length = publicLength;
    EVP_PKEY *key = NULL;
    if (response->key_handle && response->public_key && RAND_bytes(response->key_handle, seedLength) == 1)
        key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, response->key_handle, seedLength);
    int made = key && EVP_PKEY_get_raw_public_key(key, response->public_key, &length) == 1;
    EVP_PKEY_free(key);
    if (!made) return general;
    *answer = response;
    return 0;
}

int sk_sign(
    uint32_t algorithm, const uint8_t *data, size_t dataLength, const char *application, const uint8_t *handle,
    size_t handleLength, uint8_t flags, const char *pin, struct sk_option **options, struct sk_sign_response **answer) {
    static uint32_t counter;
    if (algorithm != ed25519 || handleLength != seedLength) return unsupported;
    struct sk_sign_response *response = calloc(1, sizeof *response);
    if (!response) return general;
    response->flags = flags & 1;
    response->counter = ++counter;
    response->sig_r = malloc(signatureLength);
    response->sig_r_len = signatureLength;
    uint8_t message[SHA256_DIGEST_LENGTH + 5 + SHA256_DIGEST_LENGTH];
    SHA256((const uint8_t *)application, strlen(application), message);
    uint8_t *middle = message + SHA256_DIGEST_LENGTH;
    middle[0] = response->flags;
    for (int byte = 0; byte < 4; byte++) middle[1 + byte] = (uint8_t)(counter >> (24 - 8 * byte));
    SHA256(data, dataLength, middle + 5);
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, handle, handleLength);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t length = signatureLength;
    int signedWell = key && context && response->sig_r && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1
        && EVP_DigestSign(context, response->sig_r, &length, message, sizeof message) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    if (!signedWell) return general;
    *answer = response;
    return 0;
}

int sk_load_resident_keys(
    const char *pin, struct sk_option **options, struct sk_resident_key ***keys, size_t *count) {
    return unsupported;
}
