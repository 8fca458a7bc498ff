// The same work by digitorus/pdfsign, the fastest peer that was met: all files with one key of a PKCS#11 token.
//
//	peer_pdfsign MODULE PIN-FILE LABEL CERTIFICATE CHAIN FOLDER FILE...
//
// It is no part of the build. Where it is wanted beside the others:
//
//	cd bench/peer_pdfsign && go mod init peer && go get github.com/digitorus/pdfsign github.com/ThalesGroup/crypto11
//	go build -ldflags "-X main.version=v1.2.3" && PADES_BENCH_PDFSIGN=$PWD/peer ../run
package main

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ThalesGroup/crypto11"
	"github.com/digitorus/pdfsign/sign"
)

var version = "of unknown version"

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func certificates(path string) (found []*x509.Certificate) {
	text, err := os.ReadFile(path)
	check(err)
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		one, err := x509.ParseCertificate(block.Bytes)
		check(err)
		found = append(found, one)
	}
	return found
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Println("pdfsign", version)
		return
	}
	module, pinFile, label, cert, chain, folder := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5], os.Args[6]
	pin, err := os.ReadFile(pinFile)
	check(err)
	token, err := crypto11.Configure(&crypto11.Config{Path: module, TokenLabel: "seal", Pin: strings.TrimSpace(string(pin))})
	check(err)
	key, err := token.FindKeyPair(nil, []byte(label))
	check(err)
	leaf, issuers := certificates(cert)[0], certificates(chain)
	for _, file := range os.Args[7:] {
		check(sign.SignFile(file, filepath.Join(folder, filepath.Base(file)), sign.SignData{
			Signature: sign.SignDataSignature{
				Info:       sign.SignDataSignatureInfo{Date: time.Now()},
				CertType:   sign.ApprovalSignature,
				DocMDPPerm: sign.AllowFillingExistingFormFieldsAndSignaturesPerms,
			},
			Signer:            key,
			DigestAlgorithm:   crypto.SHA256,
			Certificate:       leaf,
			CertificateChains: [][]*x509.Certificate{issuers},
		}))
	}
}
